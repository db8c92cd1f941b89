import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool, type PoolClient } from 'pg';
import type { GhlAuthRepository } from '../../../lib/index.js';
import { PostgresRepository } from '../../../lib/postgres.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { Backend, eventually } from '../../support/backend.js';

const CONNECTIONS = 4;
const DAY = 86_400_000;

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
}, 30_000);
afterAll(() => server.stop());

const hostPool = async (config = {}): Promise<Pool> =>
  server.pool({ connectionString: await server.createDatabase(), max: CONNECTIONS, ...config });

/** A repository as a host writes it, on the pool that its requests use too. */
const ownRepository = (pool: Pool): GhlAuthRepository =>
  new PostgresRepository({
    query: (text, params) => pool.query(text, [...params]),
    script: (text) => pool.query(text),
  });

/** A request of the host: opens a transaction on its pool, and wants a token inside of it. @returns the token, or the error's code */
async function request(client: PoolClient, backend: Backend, ref: { readonly locationId: string }): Promise<string> {
  await client.query('BEGIN');
  try {
    return await backend.tokens.getAccessToken(ref);
  } catch (error) {
    return (error as { readonly code: string }).code;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const takeAll = (pool: Pool): Promise<PoolClient[]> =>
  Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()));

describe('callers that hold every connection of the pool while they wait for a token', () => {
  let backend: Backend | undefined;
  afterEach(() => backend?.close());

  const start = async (repository: GhlAuthRepository, storeMs = 5_000) => {
    backend = await Backend.start({ repository, options: { timeouts: { storeMs } } });
    const ref = await backend.location();
    backend.travel(DAY);
    return { backend, ref };
  };

  it('are served, all of them, where the repository is on the same pool', async () => {
    const pool = await hostPool();
    const sessions: unknown[] = [];
    pool.on('connect', (client) => sessions.push(client));
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    const { backend, ref } = await start(repository);
    const clients = await takeAll(pool);
    const tokens = await Promise.all(clients.map((client) => request(client, backend, ref)));
    expect(new Set(tokens).size).toBe(1);
    expect(backend.simulator.describeToken(tokens[0]!)?.state).toBe('live');
    expect(backend.ledger.rotations()).toHaveLength(1);
    // The host has set up the spare connection's session, as it does every other.
    expect(sessions).toHaveLength(CONNECTIONS + 1);
    expect(pool.totalCount).toBe(CONNECTIONS);
  });

  it('and the spare connection ends when it is not needed any more', async () => {
    const pool = await hostPool();
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    const clients = await takeAll(pool);
    expect(await repository.find('a')).toBeNull();
    const count = async (): Promise<number> => {
      const database = 'SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database()';
      return ((await clients[0]!.query(database)).rows[0] as { readonly sessions: number }).sessions;
    };
    expect(await count()).toBe(CONNECTIONS + 1);
    await eventually(async () => (await count()) === CONNECTIONS, 5_000);
    clients.forEach((client) => client.release());
  });

  // The story: the spare connection was refused, and with it a statement that used to get the pool's next free connection.
  it('and where PostgreSQL allows no spare connection, what comes next waits for one of the pool', async () => {
    const url = new URL(await server.createDatabase());
    const admin = server.pool({ connectionString: url.href, max: 1 });
    await PostgresRepository.fromPool(admin).migrate();
    await admin.query(`CREATE ROLE narrow LOGIN PASSWORD 'narrow' CONNECTION LIMIT ${CONNECTIONS}`);
    await admin.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO narrow');
    url.username = url.password = 'narrow';
    const pool = server.pool({ connectionString: url.href, max: CONNECTIONS });
    const clients = await takeAll(pool);
    const found = PostgresRepository.fromPool(pool).find('a');
    await eventually(() => pool.waitingCount === 1);
    clients.forEach((client) => client.release());
    expect(await found).toBeNull();
  });

  it('and where the pool is of a class with settings of its own, none is opened to anywhere else', async () => {
    let made = 0;
    class HostPool extends Pool {
      constructor(settings: { readonly url?: string }) {
        super({ connectionString: settings.url ?? server.url(), max: CONNECTIONS });
        made += 1;
      }
    }
    const pool = new HostPool({ url: await server.createDatabase() });
    pool.on('error', () => undefined);
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    const clients = await takeAll(pool);
    const found = repository.find('a');
    await eventually(() => pool.waitingCount === 1);
    clients.forEach((client) => client.release());
    expect(await found).toBeNull();
    expect(made).toBe(2);
    await pool.end();
  });

  it('have an error within the time limit where the repository waits for their connections, and a token afterwards', async () => {
    const pool = await hostPool();
    await PostgresRepository.fromPool(pool).migrate();
    const { backend, ref } = await start(ownRepository(pool), 300);
    const clients = await takeAll(pool);
    const answers = await Promise.all(clients.map((client) => request(client, backend, ref)));
    expect(new Set(answers)).toEqual(new Set(['GHL_STORE_FAILED']));
    expect(backend.ledger.rotations()).toEqual([]);
    expect(backend.simulator.describeToken(await backend.tokens.getAccessToken(ref))?.state).toBe('live');
  });

  it('do not cost the pair of a rotation that was under way when they took the connections', async () => {
    const pool = await hostPool();
    await PostgresRepository.fromPool(pool).migrate();
    const { backend, ref } = await start(ownRepository(pool), 300);
    const answer = backend.hold({ path: '/oauth/token' });
    const asked = backend.tokens.getAccessToken(ref);
    await answer.waiting(1);
    const clients = await takeAll(pool);
    answer.release();
    const token = await asked;
    const tokens = await Promise.all(clients.map((client) => request(client, backend, ref)));
    expect(new Set(tokens)).toEqual(new Set([token]));
    await eventually(() => backend.tokens.status(ref).then(({ generation }) => generation === 2), 10_000);
    expect(backend.ledger.rotations()).toHaveLength(1);
  });
});
