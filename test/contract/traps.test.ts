import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import type { GhlAuthRecord, GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';
import {
  repositoryContract,
  RepositoryContractError,
  type RepositoryContractOptions,
} from '../../lib/testing/contract/index.js';
import { broken } from './support/broken/broken-repository.js';

/** What the contract has against a repository: messages by the names of cases. */
const failuresOf = async (
  repository: GhlAuthRepository,
  options: RepositoryContractOptions = {},
  isTried: (name: string) => boolean = () => true,
): Promise<Map<string, string>> => {
  const failures = new Map<string, string>();
  const cases = repositoryContract({ timeLimitMs: 2_000, ...options }).filter(({ name }) => isTried(name));
  for (const { name, run } of cases) {
    await run(repository).catch((error: unknown) => {
      expect(error).toBeInstanceOf(RepositoryContractError);
      failures.set(name, (error as Error).message);
    });
  }
  return failures;
};

describe('a repository that saves unconditionally', () => {
  const make = broken((right) => ({
    save: async (record, expected) => {
      if (expected === null) return right.save(record, null);
      while (!(await right.save(record, (await right.find(record.key))?.version ?? null)));
      return true;
    },
  }));

  it('fails, and is shown how a newer token pair is lost', async () => {
    const failures = await failuresOf(make());
    expect(failures.get('an update with an outdated version answers false and changes nothing')).toBe(`\
An update with an outdated version answered true: a newer token pair would be lost.

Steps:
  1. save("a" version 1, expecting none) → true
  2. save("a" version 2, expecting version 1) → true
  3. save("a" version 3, expecting version 1) → true

What to change: Let the database decide in the statement that writes: \`UPDATE … WHERE key = $key AND version = $expectedVersion\`, \
and answer whether exactly one row was changed. Looking first and writing afterwards is not enough.`);
    expect([...failures.keys()]).toEqual(
      expect.arrayContaining([
        'an update of a missing record answers false and makes none',
        'of many saves of one version at the same time exactly one is stored',
      ]),
    );
  });
});

describe('a repository that throws on a conflict', () => {
  const make = broken((right) => ({
    save: async (record, expected) => {
      if (await right.save(record, expected)) return true;
      throw new Error('could not serialize access due to concurrent update');
    },
  }));

  it('fails, and is told which call threw and what to answer instead', async () => {
    const failures = await failuresOf(make());
    expect(failures.get('an update with an outdated version answers false and changes nothing')).toBe(`\
save("a" version 3, expecting version 1) threw Error: could not serialize access due to concurrent update

Steps:
  1. save("a" version 1, expecting none) → true
  2. save("a" version 2, expecting version 1) → true
  3. save("a" version 3, expecting version 1) → threw Error: could not serialize access due to concurrent update

What to change: Answer a conflict (changed version, missing record, key that is taken, serialization failure) with \`false\`: catch \
the driver's error for it, or use a statement that does not raise one (\`INSERT … ON CONFLICT DO NOTHING\`). Throw only for trouble, \
such as no connection.`);
    expect([...failures.keys()]).toContain('a second insert of a key answers false and changes nothing');
  });
});

/** A store with transactions, whose repository works inside the caller's where there is one: as ORMs with ambient transactions do it. */
const joining = () => {
  const committed = new InMemoryRepository();
  const keys = new Set<string>();
  const transactions = new AsyncLocalStorage<InMemoryRepository>();
  const here = (): InMemoryRepository => transactions.getStore() ?? committed;
  const repository: GhlAuthRepository = {
    find: (key) => here().find(key),
    save: (record, expected) => (keys.add(record.key), here().save(record, expected)),
    list: (query) => here().list(query),
    remove: (key, expected) => here().remove(key, expected),
  };
  // Its work is on a copy, which nobody takes over: it is rolled back.
  const inTransaction = async (run: () => Promise<void>): Promise<void> => {
    const copy = new InMemoryRepository();
    for (const key of keys) {
      const record = await committed.find(key);
      if (record !== null) await copy.save(record, null);
    }
    await transactions.run(copy, run);
  };
  return { repository, inTransaction };
};

describe("a repository that joins the caller's transaction", () => {
  it('fails, and is shown how a rollback of the host undoes a rotation', async () => {
    const { repository, inTransaction } = joining();
    const failures = await failuresOf(repository, { inTransaction });
    expect(failures.get('what is saved or removed inside a transaction of the host survives its rollback')).toBe(`\
A record that was stored is not there.

Steps:
  1. save("changed" version 1, expecting none) → true
  2. save("removed" version 1, expecting none) → true
  3. (a transaction of the host begins)
  4. save("inserted" version 1, expecting none) → true
  5. save("changed" version 2, expecting version 1) → true
  6. remove("removed", expecting version 1) → true
  7. (it is rolled back)
  8. find("inserted") → null

What to change: Do not join the caller's transaction: use a connection of its own for every call (with \`pg\`: the pool itself, not the \
request's client; with an ORM: the root data source or client, not the transactional one of the request; with decorators or \
AsyncLocalStorage: propagation "not supported"). What HighLevel has done cannot be rolled back.`);
    expect([...failures.keys()]).toEqual([
      'what is saved or removed inside a transaction of the host survives its rollback',
      'what is saved inside a transaction of the host is seen outside before it ends',
      'find inside a transaction of the host sees what was committed after it began',
    ]);
  });

  it('is not found without the hook, which is why the hook is worth its lines', async () => {
    expect([...(await failuresOf(joining().repository)).keys()]).toEqual([]);
  });
});

describe('a repository that reads a stale replica', () => {
  /** Reads see the write before the last one of a record. */
  const make = broken((right) => {
    const replica = new Map<string, GhlAuthRecord | null>();
    return {
      save: async (record, expected) => {
        replica.set(record.key, await right.find(record.key));
        return right.save(record, expected);
      },
      find: async (key) => {
        const stale = replica.get(key);
        replica.delete(key);
        return stale === undefined ? right.find(key) : stale;
      },
    };
  });

  it('fails, and is shown which read was behind', async () => {
    const failures = await failuresOf(make());
    expect(failures.get('a save is seen at once by find and list')).toBe(`\
\`due\` was stored as Date 1970-01-01T00:00:00.002Z and came back as Date 2031-02-03T04:05:06.789Z. \`version\` was stored as 2 and came back \
as 1. \`body\` was stored as "{\\"name\\":\\"a\\",\\"version\\":2}" and came back as "{\\"name\\":\\"a\\",\\"version\\":1}". \`state\` was stored as "state-2" and \
came back as "active".

Steps:
  1. save("a" version 1, expecting none) → true
  2. save("a" version 2, expecting version 1) → true
  3. find("a") → version 1

What to change: Read the latest committed state from the primary: no replica, no cache (an ORM may have one of its own), no snapshot of an \
open transaction.`);
  });

  it('is found where only the lists are stale, too', async () => {
    const stale = broken((right) => {
      let listed: readonly GhlAuthRecord[] | null = null;
      return { list: async (query) => (listed ??= await right.list(query)) };
    });
    const failures = await failuresOf(stale());
    expect(failures.get('a save is seen at once by find and list')).toMatch(/no replica, no cache/);
  });
});

describe('a repository that never returns', () => {
  const make = broken(() => ({ find: () => new Promise(() => undefined) }));

  it('fails within the time limit, and is shown the call that has no answer', async () => {
    const failures = await failuresOf(make(), { timeLimitMs: 50 }, (name) => /record/.test(name));
    expect(failures.get('an inserted record is found')).toBe(`\
No answer within 50 ms: find("a").

Steps:
  1. save("a" version 1, expecting none) → true
  2. find("a") → no answer

What to change: Let every call settle. Usual causes: a call that takes a second connection of the pool while it holds one, a lock that is \
held by an open transaction, a connection that is not released after an error, a pool without \`connectionTimeoutMillis\`.`);
    expect(failures.size).toBeGreaterThan(2);
  });
});
