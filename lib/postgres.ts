export type { PGliteDatabase } from './storage/postgres/pglite-executor.js';
export type { PgPool } from './storage/postgres/pool-executor.js';
export { PostgresRepository } from './storage/postgres/postgres.repository.js';
export { PostgresRepositoryError } from './storage/postgres/postgres-repository-error.js';
export { SCHEMA_VERSION, schemaSql } from './storage/postgres/schema.js';
export type { SqlExecutor, SqlParameter, SqlRow } from './storage/postgres/sql-executor.js';
export type { PostgresTableOptions } from './storage/postgres/table-name.js';
