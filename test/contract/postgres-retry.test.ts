import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';

import { PostgresRepository } from '../../lib/postgres.js';
import { recordOf } from './support/records.js';

/** A driver that fails with these codes, one call after the other, and then answers. */
function failing(...codes: readonly string[]): {
  readonly repository: PostgresRepository;
  readonly calls: () => number;
} {
  let calls = 0;
  const repository = new PostgresRepository({
    query: () => {
      const code = codes[calls];
      calls += 1;
      if (code !== undefined) return Promise.reject(Object.assign(new Error('could not serialize access'), { code }));
      return Promise.resolve({ rows: [] });
    },
    script: () => Promise.reject(new Error('no script expected')),
  });
  return { repository, calls: () => calls };
}

describe('a statement that PostgreSQL has undone', () => {
  it.each(['40001', '40P01'])(
    'is repeated (%s), so that the repetition says whether there is a conflict',
    async (code) => {
      const { repository, calls } = failing(code, code);
      expect(await repository.save(recordOf({ key: 'a', version: 2 }), 1)).toBe(false);
      expect(calls()).toBe(3);
    },
  );

  it('again and again is trouble in the end, not a conflict', async () => {
    const { repository, calls } = failing(...Array.from({ length: 100 }, () => '40001'));
    await expect(repository.find('a')).rejects.toMatchObject({ name: 'PostgresRepositoryError', code: '40001' });
    expect(calls()).toBe(20);
  });
});

it('a statement with an unknown outcome is not repeated', async () => {
  const { repository, calls } = failing('ECONNRESET');
  await expect(repository.save(recordOf({ key: 'a' }), null)).rejects.toMatchObject({
    operation: 'save',
    code: 'ECONNRESET',
  });
  expect(calls()).toBe(1);
});

it('an error of another realm, as those of Node.js are under Jest, is told with its message', async () => {
  const error = runInNewContext(`new Error('getaddrinfo ENOTFOUND db')`) as Error;
  const repository = new PostgresRepository({
    query: () => Promise.reject(error),
    script: () => Promise.reject(error),
  });
  await expect(repository.find('a')).rejects.toThrow('getaddrinfo ENOTFOUND db');
});
