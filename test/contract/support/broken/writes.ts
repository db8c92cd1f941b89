import { broken, type BrokenRepository } from './broken-repository.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Wrong in `save` or `remove`. */
export const brokenWrites: readonly BrokenRepository[] = [
  {
    title: 'saves unconditionally',
    make: broken((right) => ({
      save: async (record, expected) =>
        right.save(record, expected === null ? null : ((await right.find(record.key))?.version ?? null)),
    })),
    caught: 'an update with an outdated version answers false and changes nothing',
    saying:
      /a newer token pair would be lost[^]*3\. save\("a" version 3, expecting version 1\) → true[^]*WHERE key = \$key AND version/,
  },
  {
    title: 'throws on a conflict',
    make: broken((right) => ({
      save: async (record, expected) => {
        if (await right.save(record, expected)) return true;
        throw new Error('duplicate key value violates unique constraint');
      },
    })),
    caught: 'a second insert of a key answers false and changes nothing',
    saying: /save\("a" version 2, expecting none\) threw Error: duplicate key[^]*Answer a conflict[^]*with `false`/,
  },
  {
    title: 'overwrites on a duplicate insert',
    make: broken((right) => ({
      save: async (record, expected) => right.save(record, expected ?? (await right.find(record.key))?.version ?? null),
    })),
    caught: 'a second insert of a key answers false and changes nothing',
    saying: /insert of a key that is taken answered true[^]*ON CONFLICT DO NOTHING/,
  },
  {
    title: 'reports a conflict as success',
    make: broken((right) => ({ save: async (record, expected) => (await right.save(record, expected)) || true })),
    caught: 'of many saves of one version at the same time exactly one is stored',
    saying: /16 of 16 saves that expected version 1 answered true/,
  },
  {
    title: 'inserts where it should update',
    make: broken((right) => ({
      save: async (record, expected) => right.save(record, (await right.find(record.key)) === null ? null : expected),
    })),
    caught: 'an update of a missing record answers false and makes none',
    saying: /no record|does not exist answered true/,
  },
  {
    title: 'looks first and writes afterwards',
    make: broken((right) => ({
      save: async (record, expected) => {
        const version = (await right.find(record.key))?.version ?? null;
        await pause();
        return version === expected && right.save(record, (await right.find(record.key))?.version ?? null);
      },
    })),
    caught: 'of many inserts of one key at the same time exactly one is stored',
    saying: /16 of 16 inserts of one key answered true\.[^]*expecting none\) …[^]*unique index/,
  },
  {
    title: 'removes whatever is there',
    make: broken((right) => ({
      remove: async (key) => right.remove(key, (await right.find(key))?.version ?? 0),
    })),
    caught: 'a removal needs the stored version',
    saying: /removal with another version answered true[^]*DELETE/,
  },
  {
    title: 'takes only greater versions',
    make: broken((right) => ({
      save: async (record, expected) => record.version > (expected ?? 0) && right.save(record, expected),
    })),
    caught: 'versions are compared for equality only',
    saying: /refused because its version is smaller/,
  },
  {
    title: 'does not write null over a value',
    make: broken((right) => ({
      save: async (record, expected) => {
        const set = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
        return right.save({ ...record, ...(await right.find(record.key)), ...set }, expected);
      },
    })),
    caught: 'an update that knows the stored version replaces every field',
    saying: /`group` was stored as null and came back as "contract:[^]*Store `null` as NULL/,
  },
  {
    title: 'answers with a count instead of a boolean',
    make: broken((right) => ({
      save: async (record, expected) => Number(await right.save(record, expected)) as unknown as boolean,
    })),
    caught: 'an inserted record is found',
    saying: /answered 1, not true or false\.[^]*rowCount === 1/,
  },
  {
    title: 'only marks records as removed',
    make: broken((right) => {
      const removed = new Set<string>();
      return {
        find: async (key) => (removed.has(key) ? null : right.find(key)),
        remove: async (key, expected) => {
          const found = removed.has(key) || (await right.find(key))?.version !== expected;
          return found ? false : removed.add(key).has(key);
        },
      };
    }),
    caught: 'a removed key can be inserted again',
    saying: /Really delete the record/,
  },
  {
    title: 'never returns',
    make: broken(() => ({ save: () => new Promise<boolean>(() => undefined) })),
    caught: 'an inserted record is found',
    saying:
      /No answer within 300 ms: save\("a" version 1, expecting none\)\.[^]*→ no answer[^]*connectionTimeoutMillis/,
  },
  {
    title: 'hangs under load only',
    make: broken((right) => {
      let busy = 0;
      return {
        save: async (record, expected) => {
          busy += 1;
          if (busy > 10) return new Promise<boolean>(() => undefined);
          await pause();
          busy -= 1;
          return right.save(record, expected);
        },
      };
    }),
    caught: 'of many saves of one version at the same time exactly one is stored',
    saying: /No answer within 300 ms: save\("a" version 1010, expecting version 1\); [^]* and 3 more/,
  },
];
