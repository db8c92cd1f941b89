import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../../lib/storage/in-memory.repository.js';

/** A way in which a user's repository can be wrong. */
export interface BrokenRepository {
  readonly title: string;
  readonly make: () => GhlAuthRepository;
  /** The case that must notice it (others may, too), and what it must say. */
  readonly caught: string;
  readonly saying: RegExp;
}

type Methods = Partial<GhlAuthRepository>;

/** A right repository, of which some methods are replaced. */
function broken(replace: (right: InMemoryRepository) => Methods): () => GhlAuthRepository {
  return () => {
    const right = new InMemoryRepository();
    const methods: GhlAuthRepository = {
      find: (key) => right.find(key),
      save: (record, expected) => right.save(record, expected),
      list: (query) => right.list(query),
      remove: (key, expected) => right.remove(key, expected),
    };
    return { ...methods, ...replace(right) };
  };
}

/** Changes what is read, on its way out. */
const reading = (change: (record: GhlAuthRecord) => GhlAuthRecord): (() => GhlAuthRepository) =>
  broken((right) => ({
    find: async (key) => {
      const record = await right.find(key);
      return record === null ? null : change(record);
    },
    list: async (query) => (await right.list(query)).map(change),
  }));

/** Everything that is selected, sorted in another way, and the page by what `start` says. */
const listing = (
  start: (all: readonly GhlAuthRecord[], query: GhlAuthRecordQuery) => number,
  compare?: (one: GhlAuthRecord, other: GhlAuthRecord) => number,
): (() => GhlAuthRepository) =>
  broken((right) => ({
    list: async ({ after, limit, ...query }) => {
      const all = [...(await right.list({ ...query, limit: Infinity }))];
      if (compare !== undefined) all.sort(compare);
      const from = after === undefined ? 0 : start(all, { after, limit, ...query });
      return all.slice(from, from + limit);
    },
  }));

const behind = (all: readonly GhlAuthRecord[], { after = '' }: GhlAuthRecordQuery): number =>
  all.filter(({ key }) => key <= after).length;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

export const brokenReads: readonly BrokenRepository[] = [
  {
    title: 'reads from a replica that lags behind',
    make: broken((right) => {
      let before = new Map<string, GhlAuthRecord | null>();
      return {
        save: async (record, expected) => {
          before = new Map([[record.key, await right.find(record.key)]]);
          return right.save(record, expected);
        },
        find: async (key) => {
          const record = before.has(key) ? (before.get(key) ?? null) : await right.find(key);
          before.delete(key);
          return record;
        },
      };
    }),
    caught: 'a save is seen at once by find and list',
    saying: /came back as 1\.[^]*no replica, no cache/,
  },
  {
    title: 'answers undefined for a missing record',
    make: broken((right) => ({ find: async (key) => (await right.find(key)) ?? (undefined as unknown as null) })),
    caught: 'a key that was never saved is null',
    saying: /answered undefined\.[^]*or with `null`/,
  },
  {
    title: 'cuts moments to seconds',
    make: reading((record) => ({
      ...record,
      due: record.due === null ? null : new Date(Math.floor(record.due.getTime() / 1000) * 1000),
    })),
    caught: 'moments keep their milliseconds',
    saying:
      /`due` was stored as Date 1970-01-01T00:00:00\.001Z and came back as Date 1970-01-01T00:00:00\.000Z[^]*timestamptz\(3\)/,
  },
  {
    title: 'forgets the time zone',
    make: reading((record) => ({
      ...record,
      expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt.getTime() + 3_600_000),
    })),
    caught: 'moments keep their milliseconds',
    saying: /with their time zone/,
  },
  {
    title: 'gives moments as text',
    make: reading((record) => ({ ...record, due: (record.due?.toISOString() ?? null) as unknown as Date })),
    caught: 'every field keeps its value and its type',
    saying: /`due` was stored as Date .* and came back as "2031-[^]*as `Date` objects/,
  },
  {
    title: 'gives versions as text',
    make: reading((record) => ({ ...record, version: String(record.version) as unknown as number })),
    caught: 'versions are exact up to the greatest safe integer',
    saying: /`version` was stored as 1 and came back as "1"\.[^]*Number\(value\)/,
  },
  {
    title: 'gives versions as bigint',
    make: reading((record) => ({ ...record, version: BigInt(record.version) as unknown as number })),
    caught: 'every field keeps its value and its type',
    saying: /came back as 1n/,
  },
  {
    title: 'gives undefined for null',
    make: reading((record) => ({ ...record, group: record.group ?? (undefined as unknown as null) })),
    caught: 'every field keeps its value and its type',
    saying: /`group` was stored as null and came back as undefined/,
  },
  {
    title: 'cuts long bodies',
    make: reading((record) => ({ ...record, body: record.body.slice(0, 65_535) })),
    caught: 'a body keeps every character, at any length',
    saying: /cut off[^]*LONGTEXT/,
  },
  {
    title: 'normalizes Unicode',
    make: reading((record) => ({ ...record, body: record.body.normalize('NFC') })),
    caught: 'a body keeps every character, at any length',
    saying: /Store text as it is/,
  },
  {
    title: 'takes keys that differ by case for the same',
    make: broken((right) => ({
      find: (key) => right.find(key.toLowerCase()),
      save: (record, expected) => right.save({ ...record, key: record.key.toLowerCase() }, expected),
    })),
    caught: 'keys are told apart byte by byte',
    saying: /:Key" was taken for another one[^]*COLLATE "C"/,
  },
  {
    title: 'hands out the objects that it keeps',
    make: () => {
      const kept = new Map<string, GhlAuthRecord>();
      return {
        find: (key) => Promise.resolve(kept.get(key) ?? null),
        save: (record, expected) => {
          const stored = kept.get(record.key);
          if ((stored?.version ?? null) !== expected) return Promise.resolve(false);
          if (stored === undefined) kept.set(record.key, record);
          else Object.assign(stored, record);
          return Promise.resolve(true);
        },
        list: () => Promise.resolve([...kept.values()]),
        remove: (key) => Promise.resolve(kept.delete(key)),
      };
    },
    caught: 'a record is a copy, on its way in and out',
    saying: /Copy records on their way in and out/,
  },
];

export const brokenLists: readonly BrokenRepository[] = [
  {
    title: 'lists in the order of a language',
    make: listing(
      (all, { after = '' }) => all.filter(({ key }) => key.localeCompare(after, 'en') <= 0).length,
      (one, other) => one.key.localeCompare(other.key, 'en'),
    ),
    caught: 'a list is in ascending byte order of the keys',
    saying: /not in byte order\. Expected \[.*\], got \[.*\]\.[^]*ORDER BY key COLLATE "C"/,
  },
  {
    title: 'lists in the order of the last change',
    make: listing(behind, (one, other) => one.version - other.version),
    caught: 'paging neither skips nor repeats while records come, change and go',
    saying: /never by offset/,
  },
  {
    title: 'pages by offset',
    make: () => {
      const reached = new Map<string, number>();
      return listing((all, { after = '', limit }) => {
        const offset = (reached.get(after) ?? 0) + limit;
        const last = all.slice(offset, offset + limit).at(-1);
        if (last !== undefined) reached.set(last.key, offset);
        return offset;
      })();
    },
    caught: 'paging over due records skips none while those of earlier pages are dealt with',
    saying: /missed some or met some twice\. Expected[^]*never by offset/,
  },
  {
    title: 'starts behind the position of a record that may be gone',
    make: listing((all, { after }) => all.findIndex(({ key }) => key === after) + 1),
    caught: 'paging neither skips nor repeats while records come, change and go',
    saying: /(skipped or repeated|came twice)[^]*which may be gone/,
  },
  {
    title: 'starts with the last record of the page before',
    make: listing((all, { after = '' }) => all.filter(({ key }) => key < after).length),
    caught: 'a list is in ascending byte order of the keys',
    saying: /Pages of 1 put together are not the list|start behind/,
  },
  {
    title: 'selects after the limit',
    make: broken((right) => ({
      list: async ({ dueBefore, ...query }) =>
        (await right.list(query)).filter(({ due }) => dueBefore === undefined || (due !== null && due < dueBefore)),
    })),
    caught: 'a page is full as long as there are records',
    saying: /page with dueBefore is not full[^]*before the limit/,
  },
  {
    title: 'takes dueBefore for "not later than"',
    make: broken((right) => ({
      list: ({ dueBefore, ...query }) =>
        right.list(dueBefore === undefined ? query : { ...query, dueBefore: new Date(dueBefore.getTime() + 1) }),
    })),
    caught: 'dueBefore means earlier, and never is not earlier',
    saying: /strictly earlier/,
  },
  {
    title: 'takes no due for due',
    make: broken((right) => ({
      list: async ({ dueBefore, limit, ...query }) =>
        (await right.list({ ...query, limit: Infinity }))
          .filter(({ due }) => dueBefore === undefined || Number(due) < dueBefore.getTime())
          .slice(0, limit),
    })),
    caught: 'dueBefore means earlier, and never is not earlier',
    saying: /d-never[^]*null is never selected/,
  },
  {
    title: 'ignores the group',
    make: broken((right) => ({ list: ({ group: _, ...query }) => right.list(query) })),
    caught: 'kind, group, dueBefore and after select together',
    saying: /Groups are mixed up/,
  },
  {
    title: 'ignores the limit',
    make: broken((right) => ({ list: (query) => right.list({ ...query, limit: 1_000_000 }) })),
    caught: 'a page is full as long as there are records',
    saying: /not the first 50 of 60/,
  },
  {
    title: 'answers with a result object',
    make: broken((right) => ({
      list: async (query) => ({ rows: await right.list(query) }) as unknown as readonly GhlAuthRecord[],
    })),
    caught: 'a list is in ascending byte order of the keys',
    saying: /Answer `list` with an array/,
  },
];
