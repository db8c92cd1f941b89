import type { GhlAuthRecord, GhlAuthRepository } from '../../../../lib/storage/ghl-auth.repository.js';
import { broken, type BrokenRepository } from './broken-repository.js';

/** Changes what is read, on its way out. */
const reading = (change: (record: GhlAuthRecord) => GhlAuthRecord): (() => GhlAuthRepository) =>
  broken((right) => ({
    find: async (key) => {
      const record = await right.find(key);
      return record === null ? null : change(record);
    },
    list: async (query) => (await right.list(query)).map(change),
  }));

/** Wrong in what is read. */
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
