import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'pg';

import { PostgresRepository, PostgresRepositoryError, schemaSql } from '../../lib/postgres.js';
import { recordOf } from './support/records.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
}, 30_000);

afterAll(() => server.stop());

const freshPool = async (config = {}): Promise<Pool> =>
  server.pool({ connectionString: await server.createDatabase(), ...config });

const thrownBy = (promise: Promise<unknown>): Promise<PostgresRepositoryError> =>
  promise.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: PostgresRepositoryError) => error,
  );

describe('migrate', () => {
  it.each(['read committed', 'repeatable read', 'serializable'])(
    'by five instances at once (%s)',
    async (isolation) => {
      const connectionString = await server.createDatabase();
      const options = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;
      const instances = Array.from({ length: 5 }, () =>
        PostgresRepository.fromPool(server.pool({ connectionString, options }), { schema: 'ghl' }),
      );
      await Promise.all(instances.map((instance) => instance.migrate()));
      expect(await instances[0]?.save(recordOf({ key: 'a' }), null)).toBe(true);
      expect(await instances[4]?.find('a')).toEqual(recordOf({ key: 'a' }));
    },
  );

  it('keeps what is stored, and puts a lost version comment back', async () => {
    const pool = await freshPool();
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    await repository.save(recordOf({ key: 'a' }), null);
    await pool.query('COMMENT ON TABLE ghl_auth_records IS NULL');
    await repository.migrate();
    expect(await repository.find('a')).not.toBeNull();
    const comment = await pool.query(`SELECT obj_description('ghl_auth_records'::regclass) AS comment`);
    expect(comment.rows).toEqual([{ comment: 'nestjs-ghl-auth schema 1' }]);
  });

  it('makes a dropped table anew', async () => {
    const pool = await freshPool();
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    await pool.query('DROP TABLE ghl_auth_records');
    await repository.migrate();
    expect(await repository.find('a')).toBeNull();
  });

  it("leaves a newer release's table alone", async () => {
    const pool = await freshPool();
    await pool.query(
      `CREATE TABLE ghl_auth_records (key text); COMMENT ON TABLE ghl_auth_records IS 'nestjs-ghl-auth schema 2'`,
    );
    await PostgresRepository.fromPool(pool).migrate();
    const columns = await pool.query(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'ghl_auth_records'`,
    );
    expect(columns.rows).toEqual([{ column_name: 'key' }]);
  });

  it('needs no right to create anything once the table is there', async () => {
    const pool = await freshPool();
    await pool.query(schemaSql({ schema: 'ghl' }));
    await pool.query(
      `DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN PASSWORD 'app'; GRANT USAGE ON SCHEMA ghl TO app;
       GRANT SELECT, INSERT, UPDATE, DELETE ON ghl.ghl_auth_records TO app`,
    );
    const { connectionString = '' } = pool.options;
    const app = server.pool({ connectionString: connectionString.replace('postgres:test@', 'app:app@') });
    const repository = PostgresRepository.fromPool(app, { schema: 'ghl' });
    await repository.migrate();
    expect(await repository.save(recordOf({ key: 'a' }), null)).toBe(true);

    const error = await thrownBy(PostgresRepository.fromPool(app, { schema: 'ghl', table: 'other' }).migrate());
    expect(error).toMatchObject({ operation: 'migrate', code: '42501' });
    expect(error.message).toContain('needs CREATE');
  });

  it('has SQL for other migration tools, which may run twice', async () => {
    const pool = await freshPool();
    const sql = schemaSql({ schema: 'My-Schema', table: 'records' });
    await pool.query(sql);
    await pool.query(sql);
    const repository = PostgresRepository.fromPool(pool, { schema: 'My-Schema', table: 'records' });
    await repository.migrate();
    expect(await repository.save(recordOf({ key: 'a' }), null)).toBe(true);
  });
});

describe('trouble', () => {
  it('throws for a missing table, with the way out', async () => {
    const repository = PostgresRepository.fromPool(await freshPool());
    for (const call of [
      () => repository.find('a'),
      () => repository.save(recordOf({ key: 'a' }), null),
      () => repository.save(recordOf({ key: 'a' }), 1),
      () => repository.list({ kind: 'installation', limit: 1 }),
      () => repository.remove('a', 1),
    ]) {
      const error = await thrownBy(call());
      expect(error).toBeInstanceOf(PostgresRepositoryError);
      expect(error.code).toBe('42P01');
      expect(error.message).toContain('Run `migrate()` at start');
    }
  });

  it('tells nothing of the record when a constraint of the host is broken', async () => {
    const pool = await freshPool({ options: '-c log_parameter_max_length_on_error=-1' });
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    await pool.query('ALTER TABLE ghl_auth_records ADD CHECK (length(body) < 5)');
    const error = await thrownBy(repository.save(recordOf({ key: 'a', body: 'secret-body' }), null));
    expect(error.code).toBe('23514');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret-body');
  });

  it('throws where a unique index of the host is broken: that is no conflict of versions', async () => {
    const pool = await freshPool();
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    await pool.query('CREATE UNIQUE INDEX ON ghl_auth_records (location_id)');
    await repository.save(recordOf({ key: 'a', locationId: 'l' }), null);
    expect((await thrownBy(repository.save(recordOf({ key: 'b', locationId: 'l' }), null))).code).toBe('23505');
  });

  it('throws on a connection that can only read', async () => {
    const pool = await freshPool();
    await PostgresRepository.fromPool(pool).migrate();
    const readOnly = server.pool({ ...pool.options, options: '-c default_transaction_read_only=on' });
    const error = await thrownBy(PostgresRepository.fromPool(readOnly).save(recordOf({ key: 'a' }), null));
    expect(error.code).toBe('25006');
    expect(error.message).toContain('point the pool at the primary');
  });

  it('goes on after the server was restarted while the pool was idle', async () => {
    const pool = await freshPool({ max: 4 });
    const lost: unknown[] = [];
    pool.on('error', (error) => lost.push(error));
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    await Promise.all(['a', 'b', 'c'].map((key) => repository.save(recordOf({ key }), null)));
    await server.restart(async () => {
      expect(await thrownBy(repository.find('a'))).toMatchObject({ operation: 'find', code: 'ECONNREFUSED' });
    });
    expect(lost.length).toBeGreaterThan(0);
    expect(await repository.find('a')).toEqual(recordOf({ key: 'a' }));
  });
});

describe('the pool', () => {
  it('must be a pool, not one of its clients', async () => {
    const client = await (await freshPool()).connect();
    // @ts-expect-error a client does not fit
    expect(() => PostgresRepository.fromPool(client)).toThrow('needs a `Pool` of "pg"');
    client.release();
  });

  it('without an error listener is warned about, once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const pool = new Pool({ connectionString: server.url() });
    const repository = PostgresRepository.fromPool(pool);
    await thrownBy(repository.find('a'));
    await thrownBy(repository.find('a'));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain("pool.on('error'");
    warn.mockRestore();
    await pool.end();
  });
});

describe('names', () => {
  it.each([
    [{ table: 'public.records' }, 'A schema goes into the `schema` option'],
    [{ table: 'a"; DROP TABLE users; --' }, '`table` must be'],
    [{ table: '' }, '`table` must be'],
    [{ table: '1a' }, '`table` must be'],
    [{ table: 'x'.repeat(51) }, '`table` must be'],
    [{ schema: 'a b' }, '`schema` must be'],
    [{ schema: 'x'.repeat(64) }, '`schema` must be'],
  ])('%j is refused', (options, message) => {
    expect(() => schemaSql(options)).toThrow(message);
  });

  it('of the greatest length have indexes of their own', async () => {
    const pool = await freshPool();
    const options = { table: 't'.repeat(50) };
    await PostgresRepository.fromPool(pool, options).migrate();
    const indexes = await pool.query('SELECT indexname FROM pg_indexes WHERE tablename = $1', [options.table]);
    expect(indexes.rowCount).toBe(4);
  });
});
