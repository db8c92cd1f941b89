import type { Pool, PoolClient } from 'pg';

/** A transaction of the host, with the snapshot of its first statement, which ends with a rollback. */
export async function rolledBack(pool: Pool, run: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await run(client);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
