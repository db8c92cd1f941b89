import type {
  GhlAuthRecord,
  GhlAuthRecordQuery,
  GhlAuthRepository,
} from '../../../../lib/storage/ghl-auth.repository.js';
import { broken, type BrokenRepository } from './broken-repository.js';

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

/** Wrong in `list`. */
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
