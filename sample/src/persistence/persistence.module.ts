import { Module } from '@nestjs/common';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import { Database } from './database.js';

@Module({
  providers: [
    { provide: Database, useFactory: () => Database.open() },
    { provide: PostgresRepository, inject: [Database], useFactory: (database: Database) => database.installations },
  ],
  exports: [Database, PostgresRepository],
})
export class PersistenceModule {}
