import { FileEmergencySink, type GhlAuthModuleOptions } from 'nestjs-ghl-auth';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import { ConnectionChangesListener } from './customers/connection-changes.listener.js';
import { CustomersModule } from './customers/customers.module.js';
import { CustomersService } from './customers/customers.service.js';
import { PersistenceModule } from './persistence/persistence.module.js';

/**
 * What `nestjs-ghl-auth` stands on here: for this backend, and for the command `ghl-auth` beside it.
 * Key pair, redirect URI and scopes come from the environment: GHL_CLIENT_ID and so on.
 */
export const authOptions: GhlAuthModuleOptions = {
  repository: { useExisting: PostgresRepository },
  emergencySink: { useExisting: FileEmergencySink },
  directory: { useExisting: CustomersService },
  listener: { useExisting: ConnectionChangesListener },
  imports: [PersistenceModule, CustomersModule],
};
