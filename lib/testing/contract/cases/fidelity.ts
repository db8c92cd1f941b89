import type { GhlAuthRecord } from '../../../storage/ghl-auth.repository.js';
import type { ContractContext } from '../contract-context.js';
import { defineCase } from '../define-case.js';

const AS_IT_WAS = 'Give every field back as it was stored.';
const COPIES = 'Copy records on their way in and out, with their dates; do not hand out objects of a cache.';

/** Records come back byte for byte and type for type. */
export const fidelity = [
  defineCase('every field keeps its value and its type', async (t) => {
    await comesBack(t, t.record('full'));
    await comesBack(
      t,
      t.record('empty', {
        ...{ group: null, due: null, locationId: null, companyId: null, clientId: null, state: null, expiresAt: null },
      }),
    );
  }),

  defineCase('a body keeps every character, at any length', async (t) => {
    const bodies = [
      ' \t leading and trailing white space, and ends of lines \r\n\n ',
      `"quotes" 'single' \`back\` \\ \\n \\u0000 $1 ?1 :name %s {{x}} <b>&amp;</b> -- ; DROP TABLE`,
      'àéîõü ÀÉÎÕÜ ß ẞ Ж 漢字 عربى \u202e e\u0301 \u00e9 \ufeff \u200b \uffff',
      '😀 👩‍👩‍👧‍👦 🇩🇪 𝒳',
      '{"a":1,"a":2,  "b" : 1.0, "c": 1e3}',
      'a'.repeat(100_000),
      '漢😀'.repeat(25_000),
    ];
    for (const [index, body] of bodies.entries()) await comesBack(t, t.record(`body-${index}`, { body }));
  }),

  defineCase('moments keep their milliseconds', async (t) => {
    const moments = [
      ...['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z', '1999-12-31T23:59:59.999Z'],
      // Both sides of changes to summer time and back, in Europe and in the United States.
      ...['2025-03-30T01:30:00.123Z', '2025-10-26T00:30:00.001Z', '2025-10-26T01:30:00.999Z'],
      ...['2025-03-09T07:30:00.010Z', '2025-11-02T05:30:00.100Z', '2025-11-02T06:30:00.501Z'],
      ...['2038-01-19T03:14:08.007Z', '2099-12-31T23:59:59.999Z'],
    ];
    for (const [index, iso] of moments.entries()) {
      await comesBack(t, t.record(`moment-${index}`, { due: new Date(iso), expiresAt: new Date(Date.parse(iso) + 1) }));
    }
  }),

  defineCase('versions are exact up to the greatest safe integer', async (t) => {
    const max = Number.MAX_SAFE_INTEGER;
    const advice = 'Keep versions in a 64-bit integer column (`bigint`), and compare them there.';
    const versions = [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, max - 1, max];
    for (const version of versions) await comesBack(t, t.record(`version-${version}`, { version }), advice);
    const key = `version-${max}`;
    const other = t.record(key, { version: 7 });
    t.check(!(await t.repository.save(other, max - 1)), 'Two great versions were taken for the same.', advice);
    t.check(await t.repository.save(other, max), 'A great version was not found again.', advice);
  }),

  defineCase('keys are told apart byte by byte', async (t) => {
    const advice =
      'Compare keys byte by byte: `text COLLATE "C"` in PostgreSQL, `VARBINARY` or `utf8mb4_bin` with NO PAD in MySQL. No ' +
      'trimming, no change of case, no pattern matching, and parameters instead of text put together.';
    const names = [
      ...['key', 'Key', 'KEY', 'keY', 'k:ey', 'k/ey', 'k%y', 'k_y', 'k-y', "k'y", 'k\\y', 'k"y', 'k`y', 'k;y', 'k--y'],
      ...['k y', 'k  y', 'key ', 'k*y', 'k?y', 'k.y', 'k$1', 'k{y}', 'k&y', 'k#y', 'k~y', '0', '00', '0.0', 'null'],
    ];
    const records = names.map((name, index) => t.record(name, { version: index + 1 }));
    for (const record of records) {
      t.check(
        await t.repository.save(record, null),
        `The key ${JSON.stringify(record.key)} was taken for another one.`,
        advice,
      );
    }
    for (const record of records) await t.expectStored(record, advice);
    await t.expectMissing(t.key('kEy'), advice);
    t.check(await t.repository.remove(t.key('k%y'), 7), 'A key with a special character was not removed.', advice);
    for (const record of records) if (record.key !== t.key('k%y')) await t.expectStored(record, advice);
  }),

  defineCase('keys and groups may be 255 characters long', async (t) => {
    const long = (text: string): string => text.padEnd(255, 'abcdefghij');
    const first = t.record('', { key: `${long(t.key('')).slice(0, 254)}1`, group: long(t.group('')) });
    const second = { ...first, key: `${first.key.slice(0, 254)}2`, version: 2 };
    await comesBack(t, first);
    await comesBack(t, second);
    const page = await t.list({ group: long(t.group('')), limit: 10 });
    t.check(page.length === 2, `The list of a long group has ${page.length} of 2 records.`, AS_IT_WAS);
  }),

  defineCase('a record is a copy, on its way in and out', async (t) => {
    const given = t.record('a');
    const kept = t.record('a');
    await t.insert(given);
    spoil(given);
    await t.expectStored(kept, COPIES);
    const found = await t.repository.find(kept.key);
    const [listed] = await t.list({ limit: 1 });
    t.check(
      await t.repository.save(t.record('a', { version: 2 }), 1),
      'An update that knows the version was refused.',
      AS_IT_WAS,
    );
    t.expectSame(found, kept, `A record that was given out changed with a later save. ${COPIES}`);
    t.expectSame(listed ?? null, kept, `A record that was given out changed with a later save. ${COPIES}`);
    spoil(await t.repository.find(kept.key));
    await t.expectStored(t.record('a', { version: 2 }), COPIES);
  }),
];

async function comesBack(t: ContractContext, record: GhlAuthRecord, advice = AS_IT_WAS): Promise<void> {
  await t.insert(record);
  await t.expectStored(record, advice);
  const listed = await t.list({ limit: 1000 });
  t.expectSame(listed.find(({ key }) => key === record.key) ?? null, record, `${advice} That goes for \`list\`, too.`);
}

/** Changes an object that the repository must not have kept; a frozen one is fine. */
function spoil(record: GhlAuthRecord | null): void {
  record?.due?.setTime(0);
  if (record !== null && !Object.isFrozen(record)) Object.assign(record, { body: 'spoiled', version: 99 });
}
