import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { GhlAuthModule } from 'nestjs-ghl-auth';
import { authOptions } from './auth-options.js';
import { ConnectionsModule } from './connections/connections.module.js';
import { ContactsModule } from './contacts/contacts.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { HighLevelErrorsFilter } from './http/highlevel-errors.filter.js';

@Module({
  imports: [
    // The refresh job of nestjs-ghl-auth runs on the application's own scheduler.
    ScheduleModule.forRoot(),
    GhlAuthModule.forRoot({ ...authOptions, isGlobal: true }),
    ConnectionsModule,
    ContactsModule,
    CustomersModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: HighLevelErrorsFilter }],
})
export class AppModule {}
