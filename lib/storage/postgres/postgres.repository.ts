import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../ghl-auth.repository.js';
import { migrate } from './migration.js';
import type { PGliteDatabase } from './pglite-executor.js';
import { pgliteExecutor } from './pglite-executor.js';
import type { PgPool } from './pool-executor.js';
import { poolExecutor } from './pool-executor.js';
import { cleanedError, codeOf } from './postgres-repository-error.js';
import { recordOf, recordParameters } from './record-row.js';
import type { SqlExecutor, SqlParameter, SqlRow } from './sql-executor.js';
import type { Statements } from './statements.js';
import { statementsFor } from './statements.js';
import type { PostgresTableOptions, TableName } from './table-name.js';
import { tableName } from './table-name.js';

/**
 * Stores the module's records in one PostgreSQL table. Every call is one statement in a transaction of its own.
 *
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5_000 });
 * pool.on('error', (error) => logger.error(error)); // without a listener, a restart of PostgreSQL ends the process
 * const repository = PostgresRepository.fromPool(pool);
 * await repository.migrate();
 * ```
 *
 * It may share the host's pool: while every connection is taken, perhaps by callers that wait for a token, it works on a
 * single spare one with the same settings, which ends 1 s after it was last needed.
 */
export class PostgresRepository implements GhlAuthRepository {
  private readonly table: TableName;
  private readonly statements: Statements;

  /** For another driver than `pg` and PGlite. */
  constructor(
    private readonly executor: SqlExecutor,
    options: PostgresTableOptions = {},
  ) {
    this.table = tableName(options);
    this.statements = statementsFor(this.table);
  }

  /** On a `Pool` of `pg` (of the primary, not of a replica), and only ever on the pool itself. */
  static fromPool(pool: PgPool, options?: PostgresTableOptions): PostgresRepository {
    return new PostgresRepository(poolExecutor(pool), options);
  }

  /**
   * On a `PGlite` database, which serves one process. It has a single connection: do not wait for a token inside of
   * `db.transaction`, the repository would wait for the transaction's end.
   */
  static fromPGlite(db: PGliteDatabase, options?: PostgresTableOptions): PostgresRepository {
    return new PostgresRepository(pgliteExecutor(db), options);
  }

  /**
   * Makes the table, or alters the one of an earlier release. For every start: it is one cheap look when there is nothing
   * to do, instances that start together wait for each other, and a newer release's table is left alone.
   */
  async migrate(): Promise<void> {
    try {
      await migrate(this.executor, this.table);
    } catch (error) {
      throw cleanedError('migrate', this.table.plain, error);
    }
  }

  /** {@inheritDoc GhlAuthRepository.find} */
  async find(key: string): Promise<GhlAuthRecord | null> {
    const [row] = await this.run('find', this.statements.find, [key]);
    return row === undefined ? null : recordOf(row);
  }

  /** {@inheritDoc GhlAuthRepository.save} */
  async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    const params = recordParameters(record);
    const rows =
      expectedVersion === null
        ? await this.run('save', this.statements.insert, params)
        : await this.run('save', this.statements.update, [...params, String(expectedVersion)]);
    return rows.length === 1;
  }

  /** {@inheritDoc GhlAuthRepository.list} */
  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    const { text, params } = this.statements.list(query);
    return (await this.run('list', text, params)).map(recordOf);
  }

  /** {@inheritDoc GhlAuthRepository.remove} */
  async remove(key: string, expectedVersion: number): Promise<boolean> {
    return (await this.run('remove', this.statements.remove, [key, String(expectedVersion)])).length === 1;
  }

  private async run(operation: string, text: string, params: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.executor.query(text, params)).rows;
      } catch (error) {
        if (attempt < MAX_ATTEMPTS && wasRolledBack(error)) continue;
        throw cleanedError(operation, this.table.plain, error);
      }
    }
  }
}

const MAX_ATTEMPTS = 20;

/**
 * Serialization failure and deadlock: PostgreSQL has undone the statement and asks for it to be repeated. They come where the
 * host's default isolation is above READ COMMITTED, often with no change of the record itself, so they are not a conflict;
 * where there is one, the repetition sees it.
 */
function wasRolledBack(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}
