import type { GhlAuthRecord } from '../../../storage/ghl-auth.repository.js';
import type { ContractContext } from '../contract-context.js';
import { defineCase } from '../define-case.js';

const ORDER =
  'Order by the bytes of the key (`ORDER BY key COLLATE "C"` in PostgreSQL, a binary collation in MySQL), and start behind ' +
  '`after` in the same order: `key > $after`.';
const BY_KEY =
  'Page by key, `WHERE key > $after ORDER BY key LIMIT $limit`, never by offset and never from the position of the record ' +
  '`after`, which may be gone.';
const SELECTION = 'Apply kind, group and dueBefore in the query, all of them, before the limit.';

/** What `list` selects, and how it pages. */
export const paging = [
  defineCase('a list is in ascending byte order of the keys', async (t) => {
    // Each pair is the other way round in some language's order, which ignores case or punctuation.
    const names = [
      'a-b',
      'ab',
      'a c',
      'aB',
      'AB',
      'Zz',
      'zz',
      'a:1',
      'a:10',
      'a:2',
      'a_1',
      'a~1',
      'b',
      'B',
      '_',
      '~',
      '1',
      '-1',
    ];
    await t.insert(...names.map((name) => t.record(name)));
    const sorted = [...names].sort((one, other) => (one < other ? -1 : 1));
    t.expectKeys(await t.list({ limit: 100 }), sorted, 'The list is not in byte order.', ORDER);
    for (const limit of [1, 4, 18]) {
      const pages = await walk(t, { limit });
      t.expectKeys(pages, sorted, `Pages of ${limit} put together are not the list.`, ORDER);
    }
    const behind = sorted.filter((name) => name > 'a:1');
    const afterNoRecord = await t.list({ after: t.key('a:1!'), limit: 100 });
    t.expectKeys(afterNoRecord, behind, 'A page does not start behind a key that no record has.', BY_KEY);
    t.expectKeys(
      await t.list({ after: t.key('~~~'), limit: 100 }),
      [],
      'There is something behind the last key.',
      BY_KEY,
    );
  }),

  defineCase('a page is full as long as there are records', async (t) => {
    const names = Array.from({ length: 60 }, (_, index) => `n${String(index).padStart(2, '0')}`);
    const due = new Date('2030-01-01T00:00:00Z');
    await t.insert(...names.map((name, index) => t.record(name, { due: index % 3 === 2 ? due : null })));
    const page = await t.list({ limit: 50 });
    t.expectKeys(
      page,
      names.slice(0, 50),
      'The page is not the first 50 of 60.',
      'Answer up to `limit` records, no fewer.',
    );
    const dueNames = names.filter((_, index) => index % 3 === 2);
    const duePage = await t.list({ dueBefore: new Date('2030-06-01T00:00:00Z'), limit: 15 });
    t.expectKeys(duePage, dueNames.slice(0, 15), 'A page with dueBefore is not full.', SELECTION);
  }),

  defineCase('dueBefore means earlier, and never is not earlier', async (t) => {
    const advice =
      '`due < $dueBefore`: strictly earlier, to the millisecond; a record whose due is null is never selected.';
    const moment = Date.parse('2030-05-06T07:08:09.500Z');
    await t.insert(
      t.record('a-earlier', { due: new Date(moment - 1) }),
      t.record('b-same', { due: new Date(moment) }),
      t.record('c-later', { due: new Date(moment + 1) }),
      t.record('d-never', { due: null }),
      t.record('e-long-ago', { due: new Date(0) }),
    );
    const before = await t.list({ dueBefore: new Date(moment), limit: 10 });
    t.expectKeys(before, ['a-earlier', 'e-long-ago'], 'dueBefore selects other records than it should.', advice);
    const justAfter = await t.list({ dueBefore: new Date(moment + 1), limit: 10 });
    t.expectKeys(justAfter, ['a-earlier', 'b-same', 'e-long-ago'], 'A millisecond makes no difference.', advice);
  }),

  defineCase('kind, group, dueBefore and after select together', async (t) => {
    const early = new Date('2030-01-01T00:00:00Z');
    const otherKind = `${t.kind}-b`;
    await t.insert(
      t.record('a1', { due: early }),
      t.record('a2', { due: early, group: t.group('b') }),
      t.record('a3', { due: early, kind: otherKind }),
      t.record('a4', { due: null }),
      t.record('a5', { due: early, group: null }),
      t.record('a6', { due: early, group: t.group('A') }),
      t.record('a7', { due: early }),
    );
    const limit = 10;
    t.expectKeys(await t.list({ limit }), ['a1', 'a2', 'a4', 'a5', 'a6', 'a7'], 'Kinds are mixed up.', SELECTION);
    const other = await t.repository.list({ kind: otherKind, limit });
    t.expectKeys(other, ['a3'], 'Kinds are mixed up.', SELECTION);
    t.expectKeys(await t.list({ group: t.group('a'), limit }), ['a1', 'a4', 'a7'], 'Groups are mixed up.', SELECTION);
    t.expectKeys(
      await t.list({ group: t.group('none'), limit }),
      [],
      'A group that nobody has is not empty.',
      SELECTION,
    );
    const dueBefore = new Date(early.getTime() + 1);
    const both = await t.list({ group: t.group('a'), dueBefore, limit });
    t.expectKeys(both, ['a1', 'a7'], 'Group and dueBefore do not select together.', SELECTION);
    const all = await t.list({ group: t.group('a'), dueBefore, after: t.key('a1'), limit });
    t.expectKeys(all, ['a7'], 'Group, dueBefore and after do not select together.', SELECTION);
  }),

  defineCase('paging neither skips nor repeats while records come, change and go', async (t) => {
    const names = Array.from({ length: 24 }, (_, index) => `n${String(index * 4).padStart(3, '0')}`);
    const staying = names.filter((_, index) => index % 3 !== 1);
    await t.insert(...names.map((name) => t.record(name)));
    const seen: GhlAuthRecord[] = [];
    for (let round = 0; round < 40; round += 1) {
      const page = await t.list({ limit: 3, ...afterLastOf(seen) });
      if (page.length === 0) break;
      seen.push(...page);
      await disturb(t, names, staying, round);
    }
    const stayed = seen.filter(({ key }) => staying.some((name) => t.key(name) === key));
    t.expectKeys(stayed, staying, 'Records that were there all the time were skipped or repeated.', BY_KEY);
    const keys = seen.map(({ key }) => key);
    t.check(new Set(keys).size === keys.length, `A record came twice: ${keys.join(', ')}.`, BY_KEY);
  }),

  defineCase('paging over due records skips none while those of earlier pages are dealt with', async (t) => {
    const names = Array.from({ length: 20 }, (_, index) => `n${String(index).padStart(2, '0')}`);
    const now = Date.parse('2030-01-01T00:00:00Z');
    await t.insert(...names.map((name, index) => t.record(name, { due: new Date(now - ((index * 7) % 20) - 1) })));
    const seen: GhlAuthRecord[] = [];
    for (let round = 0; round < 40; round += 1) {
      const page = await t.list({ dueBefore: new Date(now), limit: 3, ...afterLastOf(seen) });
      if (page.length === 0) break;
      seen.push(...page);
      for (const record of page) {
        await t.repository.save(
          { ...record, due: new Date(now + 60_000), version: record.version + 1 },
          record.version,
        );
      }
    }
    t.expectKeys(seen, names, 'The sweep over due records missed some or met some twice.', BY_KEY);
  }),
];

/** Adds a record before and one behind the place that was reached, changes some that stay and removes some that do not. */
async function disturb(
  t: ContractContext,
  names: readonly string[],
  staying: readonly string[],
  round: number,
): Promise<void> {
  await t.insert(t.record(`m${round}`), t.record(`n${String(round * 12 + 14).padStart(3, '0')}+`));
  const changed = [staying[round], staying[staying.length - 1 - round]];
  for (const name of changed) {
    if (name === undefined) continue;
    const found = await t.repository.find(t.key(name));
    if (found !== null) await t.repository.save({ ...found, due: null, version: found.version + 1 }, found.version);
  }
  // The last record of the page that was just read is among them: `after` then names a record that is gone.
  const gone = names[round * 3 + 1];
  if (gone !== undefined) await t.repository.remove(t.key(gone), 1);
}

async function walk(t: ContractContext, { limit }: { limit: number }): Promise<readonly GhlAuthRecord[]> {
  const seen: GhlAuthRecord[] = [];
  for (let pages = 0; pages < 100; pages += 1) {
    const page = await t.list({ limit, ...afterLastOf(seen) });
    if (page.length === 0) break;
    seen.push(...page);
  }
  return seen;
}

function afterLastOf(seen: readonly GhlAuthRecord[]): { after?: string } {
  const last = seen.at(-1);
  return last === undefined ? {} : { after: last.key };
}
