import type { SqlExecutor, SqlParameter, SqlRow } from './sql-executor.js';

/** What is needed of a `PGlite` database. `transaction` keeps an open transaction of the host from fitting. */
export interface PGliteDatabase {
  query(text: string, params?: SqlParameter[]): Promise<{ rows: unknown[] }>;
  exec(text: string): Promise<unknown>;
  readonly transaction: (...args: never[]) => Promise<unknown>;
}

/** Runs each statement on its own. PGlite has one connection: the statement waits for an open transaction of the host. */
export function pgliteExecutor(db: PGliteDatabase): SqlExecutor {
  if (typeof db?.exec !== 'function' || typeof db.transaction !== 'function') {
    throw new TypeError(
      'PostgresRepository.fromPGlite needs the PGlite database itself. A transaction of the host may be rolled back; ' +
        'what HighLevel has done cannot.',
    );
  }
  return {
    query: async (text, params) => ({ rows: (await db.query(text, [...params])).rows as SqlRow[] }),
    script: (text) => db.exec(text),
  };
}
