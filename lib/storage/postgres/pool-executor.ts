import { isExhausted, spareConnection } from './spare-connection.js';
import type { SqlExecutor, SqlParameter, SqlRow } from './sql-executor.js';

/**
 * What is needed of the `Pool` of `pg`. The counters keep a single client from fitting, which could be in a transaction.
 */
export interface PgPool {
  query(text: string, values?: SqlParameter[]): Promise<{ rows: SqlRow[] }>;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  /** With `max`, the pool can be seen to be exhausted, and statements go around it on a connection of their own. */
  readonly options?: { readonly max?: number };
  listenerCount?(event: 'error'): number;
}

/**
 * Runs each statement with `pool.query`, so on a connection that no transaction of the host is using; where the host holds
 * every one, on a spare connection.
 */
export function poolExecutor(pool: PgPool): SqlExecutor {
  if (typeof pool?.query !== 'function' || typeof pool.totalCount !== 'number') {
    throw new TypeError(
      'PostgresRepository.fromPool needs a `Pool` of "pg". A client that was taken from a pool could be in a transaction ' +
        'of the host, which may be rolled back; what HighLevel has done cannot.',
    );
  }
  const warnOnce = errorListenerWarning(pool);
  let spare: PgPool | null | undefined;
  const free = (): PgPool => {
    if (!isExhausted(pool)) return pool;
    spare ??= spareConnection(pool);
    return spare ?? pool;
  };
  return {
    query: (text, params) => {
      warnOnce();
      return free().query(text, [...params]);
    },
    // Without values, `pg` sends the text as it is, and PostgreSQL runs its statements as one transaction.
    script: (text) => free().query(text),
  };
}

function errorListenerWarning(pool: PgPool): () => void {
  let looked = false;
  return () => {
    if (looked) return;
    looked = true;
    if (pool.listenerCount?.('error') !== 0) return;
    process.emitWarning(
      "The pg Pool has no 'error' listener: when PostgreSQL restarts, an idle connection ends this process. " +
        "Add pool.on('error', (error) => logger.error(error)).",
      { type: 'GhlAuthWarning', code: 'GHL_AUTH_POOL_ERROR_LISTENER' },
    );
  };
}
