import { Module } from '@nestjs/common';
import { PersistenceModule } from '../persistence/persistence.module.js';
import { ConnectionChangesListener } from './connection-changes.listener.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';

@Module({
  imports: [PersistenceModule],
  controllers: [CustomersController],
  providers: [CustomersService, ConnectionChangesListener],
  exports: [CustomersService, ConnectionChangesListener],
})
export class CustomersModule {}
