import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { FileEmergencySink, GhlAuthModule } from 'nestjs-ghl-auth';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import { ConnectionsModule } from './connections/connections.module.js';
import { ContactsModule } from './contacts/contacts.module.js';
import { ConnectionChangesListener } from './customers/connection-changes.listener.js';
import { CustomersModule } from './customers/customers.module.js';
import { CustomersService } from './customers/customers.service.js';
import { HighLevelErrorsFilter } from './http/highlevel-errors.filter.js';
import { PersistenceModule } from './persistence/persistence.module.js';

@Module({
  imports: [
    // The refresh job of nestjs-ghl-auth runs on the application's own scheduler.
    ScheduleModule.forRoot(),
    // Key pair, redirect URI and scopes come from the environment: GHL_CLIENT_ID and so on.
    GhlAuthModule.forRoot({
      repository: { useExisting: PostgresRepository },
      emergencySink: { useExisting: FileEmergencySink },
      directory: { useExisting: CustomersService },
      listener: { useExisting: ConnectionChangesListener },
      imports: [PersistenceModule, CustomersModule],
      isGlobal: true,
    }),
    ConnectionsModule,
    ContactsModule,
    CustomersModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: HighLevelErrorsFilter }],
})
export class AppModule {}
