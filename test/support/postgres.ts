import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import type { PoolConfig } from 'pg';
import { Client, Pool } from 'pg';
import { PostgresServer } from './postgres-server.js';

/** A real PostgreSQL server of this test file's own, on a free port of the loopback interface. */
export interface TestPostgres {
  readonly port: number;
  /** A connection string: to the database `postgres`, or to another one. */
  url(database?: string): string;
  /** Makes an empty database with a name of its own and answers its connection string. */
  createDatabase(): Promise<string>;
  /** A pool with an error listener, which `stop()` ends. On the database `postgres` unless `connectionString` says otherwise. */
  pool(config?: PoolConfig): Pool;
  /**
   * Stops the server (as `pg_ctl stop -m fast`, or as a crash), runs what is handed in while it is down, and starts it again on the
   * same data.
   */
  restart(whileDown?: () => Promise<unknown>, isCrash?: boolean): Promise<void>;
  /** Ends the pools and the server and deletes its data. */
  stop(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'test';

/** Starts a server; takes about two seconds. Call it in `beforeAll`, and `stop()` in `afterAll`. */
export async function startPostgres(): Promise<TestPostgres> {
  const port = await freePort();
  const server = await PostgresServer.create(port, PASSWORD);
  const pools: Pool[] = [];
  const url = (database = 'postgres'): string => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;

  await server.start().catch(async (error: unknown) => {
    await server.remove();
    throw error;
  });

  let databases = 0;
  return {
    port,
    url,
    createDatabase: async () => {
      databases += 1;
      const name = `test_${databases}`;
      const client = new Client({ connectionString: url() });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
      return url(name);
    },
    pool: (config = {}) => {
      const pool = new Pool({ connectionString: url(), max: 10, ...config });
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    restart: async (whileDown, isCrash = false) => {
      await (isCrash ? server.crash() : server.stop());
      try {
        await whileDown?.();
      } finally {
        await server.start();
      }
    },
    stop: async () => {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      await server.stop();
      await server.remove();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
