import pg from 'pg';

/** A pool as the README makes it. */
export const poolOn = (connectionString) => {
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  return pool;
};
