import { AsyncLocalStorage } from 'node:async_hooks';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import pg from 'pg';

import { PostgresRepository } from '../../lib/postgres.js';
import type { GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import { describeRepositoryContract, repositoryContract } from '../../lib/testing/contract/index.js';
import { rolledBack } from './support/host-transaction.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

let server: TestPostgres;
let pool: Pool;
let repository: PostgresRepository;
let unusualPool: Pool;
let unusual: PostgresRepository;

beforeAll(async () => {
  server = await startPostgres();
  pool = server.pool();
  repository = PostgresRepository.fromPool(pool);
  await repository.migrate();
  unusualPool = server.pool(await unusualSettings());
  unusual = PostgresRepository.fromPool(unusualPool, { schema: 'Tenant-1', table: 'ghl_Auth$1' });
  await unusual.migrate();
}, 30_000);

afterAll(() => server.stop());

describeRepositoryContract({
  framework: { describe, it },
  title: 'PostgresRepository on a pool keeps the contract',
  repository: () => repository,
  second: () => PostgresRepository.fromPool(server.pool({ max: 2 })),
  inTransaction: (run) => rolledBack(pool, run),
  whileHostIsBusy: async (run) => {
    const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    await run().finally(() => clients.forEach((client) => client.release()));
  },
});

describeRepositoryContract({
  framework: { describe, it },
  title: 'PostgresRepository on a pool with unusual settings keeps the contract',
  repository: () => unusual,
  second: () => PostgresRepository.fromPool(unusualPool, { schema: 'Tenant-1', table: 'ghl_Auth$1' }),
  inTransaction: (run) => rolledBack(unusualPool, run),
});

/** Serializable by default, a language's collation, a far time zone, another date style and type parsers of the host's. */
async function unusualSettings(): Promise<pg.PoolConfig> {
  await pool.query(
    `CREATE DATABASE unusual TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'`,
  );
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid: number) => (raw: string) => (oid === Number(pg.types.builtins.TEXT) ? raw : { raw }),
  };
  return {
    connectionString: server.url('unusual'),
    max: 5,
    types,
    options:
      '-c default_transaction_isolation=serializable -c TimeZone=America/St_Johns -c DateStyle=German -c IntervalStyle=iso_8601',
  };
}

it('leaves no contract records behind', async () => {
  expect((await pool.query('SELECT key FROM ghl_auth_records')).rows).toEqual([]);
});

describe('the contract on a real PostgreSQL', () => {
  const transactions = new AsyncLocalStorage<PoolClient>();

  /** As ORMs with transactions in AsyncLocalStorage do it: inside a transaction its client, otherwise the pool. */
  const joining = (): GhlAuthRepository =>
    new PostgresRepository({
      query: (text, params) => (transactions.getStore() ?? pool).query(text, [...params]),
      script: (text) => pool.query(text),
    });

  const cases = repositoryContract({
    inTransaction: (run) => rolledBack(pool, (client) => transactions.run(client, run)),
    timeLimitMs: 1_500,
  }).filter(({ name }) => name.includes('transaction of the host'));

  it.each(cases)("refuses a repository that joins the host's transaction: $name", async ({ run }) => {
    await expect(run(joining())).rejects.toThrow(
      /(\(a transaction of the host begins\)[^]*)Do not join the caller's transaction/,
    );
  });

  it('names the calls that hang while the host holds all connections of a shared pool', async () => {
    const shared = server.pool({ max: 2 });
    const [busy] = repositoryContract({
      timeLimitMs: 400,
      whileHostIsBusy: async (run) => {
        const clients = [await shared.connect(), await shared.connect()];
        await run().finally(() => clients.forEach((client) => client.release()));
      },
    }).filter(({ name }) => name.includes('holds every connection'));
    const queueing = new PostgresRepository({
      query: (text, params) => shared.query(text, [...params]),
      script: (text) => shared.query(text),
    });
    await expect(busy?.run(queueing)).rejects.toThrow(
      /No answer within 300 ms: find\("a"\); save\("a" version 2, expecting version 1\); list[^]*connectionTimeoutMillis/,
    );
  });
});
