import { isConnected, isExhausted, spareConnection, type SpareConnection } from './spare-connection.js';
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
 * every one, on a spare connection, if there can be one.
 */
export function poolExecutor(pool: PgPool): SqlExecutor {
  if (typeof pool?.query !== 'function' || typeof pool.totalCount !== 'number') {
    throw new TypeError(
      'PostgresRepository.fromPool needs a `Pool` of "pg". A client that was taken from a pool could be in a transaction ' +
        'of the host, which may be rolled back; what HighLevel has done cannot.',
    );
  }
  const warnOnce = errorListenerWarning(pool);
  let spare: SpareConnection | null | undefined;
  const around = async (): Promise<PgPool> => {
    if (spare === undefined) spare = spareConnection(pool);
    return spare !== null && (await isConnected(spare)) ? spare : pool;
  };
  // What has been seen free is taken in the same breath: after an `await` somebody else may hold it.
  const on = <T>(run: (free: PgPool) => Promise<T>): Promise<T> => (isExhausted(pool) ? around().then(run) : run(pool));
  return {
    query: (text, params) => {
      warnOnce();
      return on((free) => free.query(text, [...params]));
    },
    // Without values, `pg` sends the text as it is, and PostgreSQL runs its statements as one transaction.
    script: (text) => on((free) => free.query(text)),
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
