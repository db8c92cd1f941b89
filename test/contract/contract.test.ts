import { describe, expect, it } from '@jest/globals';

import type { GhlAuthRecord, GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';
import type { RepositoryContractOptions } from '../../lib/testing/contract/index.js';
import {
  describeRepositoryContract,
  repositoryContract,
  RepositoryContractError,
} from '../../lib/testing/contract/index.js';
import { brokenLists } from './support/broken/lists.js';
import { brokenReads } from './support/broken/reads.js';
import { brokenWrites } from './support/broken/writes.js';

/** What a case throws, or null. */
async function failureOf(
  name: string,
  repository: GhlAuthRepository,
  options: RepositoryContractOptions = {},
): Promise<unknown> {
  const found = repositoryContract({ timeLimitMs: 300, ...options }).find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no case "${name}".`);
  return found.run(repository).then(
    () => null,
    (error: unknown) => error,
  );
}

describe('the contract fails a repository that', () => {
  it.each([...brokenWrites, ...brokenReads, ...brokenLists])('$title', async ({ make, caught, saying }) => {
    const failure = await failureOf(caught, make());
    expect(failure).toBeInstanceOf(RepositoryContractError);
    expect((failure as Error).message).toMatch(saying);
    expect((failure as RepositoryContractError).steps.length).toBeGreaterThan(0);
    expect((failure as RepositoryContractError).advice).not.toBe('');
  });
});

describe('with a second handle, the contract fails', () => {
  const name = 'a second handle on the store sees and respects what the first has done';

  it('a store of its own for each handle', async () => {
    const failure = await failureOf(name, new InMemoryRepository(), { second: () => new InMemoryRepository() });
    expect(String(failure)).toMatch(/not there\.[^]*second handle: find\("a"\) → null/);
  });

  it('a cache in front of the store', async () => {
    const store = new InMemoryRepository();
    const cached = (): GhlAuthRepository => {
      const cache = new Map<string, GhlAuthRecord | null>();
      return {
        find: async (key) => {
          if (!cache.has(key)) cache.set(key, await store.find(key));
          return cache.get(key) ?? null;
        },
        save: (record, expected) => {
          cache.delete(record.key);
          return store.save(record, expected);
        },
        list: (query) => store.list(query),
        remove: (key, expected) => store.remove(key, expected),
      };
    };
    const failure = await failureOf(name, cached(), { second: cached });
    expect(String(failure)).toMatch(/no replica, no cache/);
  });

  it('a lock in the process instead of a condition in the store', async () => {
    const store = new InMemoryRepository();
    const locking = (): GhlAuthRepository => {
      let last: Promise<unknown> = Promise.resolve();
      return {
        find: (key) => store.find(key),
        list: (query) => store.list(query),
        remove: (key, expected) => store.remove(key, expected),
        save: (record, expected) => {
          const turn = last.then(async () => {
            const version = (await store.find(record.key))?.version ?? null;
            await new Promise((resolve) => setImmediate(resolve));
            return version === expected && store.save(record, (await store.find(record.key))?.version ?? null);
          });
          last = turn;
          return turn;
        },
      };
    };
    const case_ = 'of saves from two handles at the same time exactly one is stored';
    const failure = await failureOf(case_, locking(), { second: locking, timeLimitMs: 2_000 });
    expect(String(failure)).toMatch(/2 of 16 inserts of one key answered true\.[^]*not a lock in this process/);
  });
});

describe('the hook inTransaction', () => {
  const name = 'what is saved or removed inside a transaction of the host survives its rollback';

  it('may swallow errors of the function', async () => {
    const repository: GhlAuthRepository = Object.assign(new InMemoryRepository(), {
      remove: () => Promise.reject(new Error('current transaction is aborted')),
    });
    const inTransaction = (run: () => Promise<void>): Promise<void> => run().catch(() => undefined);
    expect(String(await failureOf(name, repository, { inTransaction }))).toContain('current transaction is aborted');
  });

  it('must run the function', async () => {
    const failure = await failureOf(name, new InMemoryRepository(), { inTransaction: () => Promise.resolve() });
    expect(String(failure)).toContain('did not run the function');
  });
});

describe('a case', () => {
  it('leaves nothing behind, also when it fails', async () => {
    const repository = new InMemoryRepository();
    const options = { second: () => new InMemoryRepository() };
    for (const { run } of repositoryContract(options)) await run(repository).catch(() => undefined);
    expect(repository.size).toBe(0);
  });

  it('leaves other records in peace, and runs beside the other cases', async () => {
    const repository = new InMemoryRepository();
    const results = await Promise.allSettled(
      [...repositoryContract(), ...repositoryContract()].map(({ run }) => run(repository)),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('has a name of its own', () => {
    const hooks = { second: () => new InMemoryRepository(), inTransaction: nothing, whileHostIsBusy: nothing };
    const names = repositoryContract(hooks).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(repositoryContract().length);
  });
});

it('registers its cases with the describe and it that are handed in', async () => {
  const registered: string[] = [];
  const runs: (() => Promise<void>)[] = [];
  describeRepositoryContract({
    framework: {
      describe: (title, register) => {
        registered.push(title);
        register();
      },
      it: (name, run) => registered.push(name) && runs.push(run),
    },
    title: 'my repository',
    repository: () => Promise.resolve(new InMemoryRepository()),
  });
  expect(registered).toEqual(['my repository', ...repositoryContract().map(({ name }) => name)]);
  await Promise.all(runs.map((run) => run()));
});

const nothing = (): Promise<void> => Promise.resolve();
