import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { FileEmergencySink } from 'nestjs-ghl-auth';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import { Database } from './database.js';

@Module({
  providers: [
    { provide: Database, useFactory: () => Database.open() },
    { provide: PostgresRepository, inject: [Database], useFactory: (database: Database) => database.installations },
    // Where new tokens are while the database does not take them. All instances may share it.
    { provide: FileEmergencySink, useFactory: () => new FileEmergencySink(emergencyFolder()) },
  ],
  exports: [Database, PostgresRepository, FileEmergencySink],
})
export class PersistenceModule {}

function emergencyFolder(): string {
  const { EMERGENCY_FOLDER, DATA_FOLDER = 'sample/.data' } = process.env;
  return EMERGENCY_FOLDER || join(DATA_FOLDER, 'emergency');
}
