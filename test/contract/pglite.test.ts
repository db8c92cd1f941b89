import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';

import { PostgresRepository } from '../../lib/postgres.js';
import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';
import { describeRepositoryContract } from '../../lib/testing/contract/index.js';
import { histories } from './support/histories.js';
import { recordOf } from './support/records.js';

let db: PGlite;
let repository: PostgresRepository;

beforeAll(async () => {
  db = await PGlite.create();
  repository = PostgresRepository.fromPGlite(db);
  await repository.migrate();
}, 30_000);

afterAll(() => db.close());

describeRepositoryContract({
  framework: { describe, it },
  title: 'PostgresRepository on PGlite keeps the contract',
  repository: () => repository,
  second: () => PostgresRepository.fromPGlite(db),
});

describe('PostgresRepository on PGlite', () => {
  it('leaves no contract records behind', async () => {
    expect((await db.query('SELECT key FROM ghl_auth_records')).rows).toEqual([]);
  });

  it('migrates again without complaint, and several at once', async () => {
    await Promise.all([repository, repository, repository].map((each) => each.migrate()));
  });

  it('does not let an error carry what was to be stored', async () => {
    const lost = PostgresRepository.fromPGlite(db, { table: 'not_there' });
    const record = recordOf({ key: 'a', body: 'secret-body' });
    const error: unknown = await lost.save(record, null).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'PostgresRepositoryError', operation: 'save', code: '42P01' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret-body');
    expect((error as Error).cause).toBeUndefined();
  });

  it('refuses an open transaction of the host', async () => {
    await db.transaction((transaction) => {
      // @ts-expect-error a transaction does not fit
      expect(() => PostgresRepository.fromPGlite(transaction)).toThrow('needs the PGlite database itself');
      return Promise.resolve();
    });
  });

  it('answers every history of calls as InMemoryRepository does', async () => {
    const stored = PostgresRepository.fromPGlite(db, { table: 'histories' });
    await stored.migrate();
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        await db.exec('TRUNCATE histories');
        const inMemory = new InMemoryRepository();
        for (const call of history) expect(await call(stored)).toEqual(await call(inMemory));
      }),
      { numRuns: 60 },
    );
  }, 30_000);
});
