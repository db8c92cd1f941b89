import { defineCase } from '../define-case.js';

const PRIMARY =
  'Read the latest committed state from the primary: no replica, no cache (an ORM may have one of its own), no snapshot of an ' +
  'open transaction.';

/** What was stored is seen at once. */
export const visibility = [
  defineCase('a save is seen at once by find and list', async (t) => {
    await t.insert(t.record('a'));
    for (let version = 2; version <= 20; version += 1) {
      const record = t.record('a', { version, due: new Date(version), state: `state-${version}` });
      t.check(
        await t.repository.save(record, version - 1),
        'An update that knows the stored version was refused.',
        PRIMARY,
      );
      await t.expectStored(record, PRIMARY);
      const [listed] = await t.list({ dueBefore: new Date(version + 1), limit: 1 });
      t.expectSame(listed ?? null, record, PRIMARY);
    }
    t.check(await t.repository.remove(t.key('a'), 20), 'A removal that knows the stored version was refused.', PRIMARY);
    await t.expectMissing(t.key('a'), PRIMARY);
    t.expectKeys(await t.list({ limit: 1 }), [], 'A removed record is listed.', PRIMARY);
  }),
];

/** With {@link RepositoryContractOptions.second}. */
export const secondHandle = [
  defineCase('a second handle on the store sees and respects what the first has done', async (t) => {
    const second = await t.options.second?.();
    if (second === undefined) return;
    const there = t.traced(second, 'second handle: ');
    await t.expectMissing(t.key('a'), PRIMARY, there);
    await t.insert(t.record('a'));
    await t.expectStored(t.record('a'), PRIMARY, there);
    for (let version = 2; version <= 11; version += 1) {
      const record = t.record('a', { version });
      const [writer, reader] = version % 2 === 0 ? [there, t.repository] : [t.repository, there];
      t.check(await writer.save(record, version - 1), "A save on top of the other handle's save was refused.", PRIMARY);
      await t.expectStored(record, PRIMARY, reader);
      t.check(!(await reader.save(record, version - 1)), 'A save from a version of before was accepted.', PRIMARY);
    }
    t.check(await there.remove(t.key('a'), 11), 'A removal of what the other handle has stored was refused.', PRIMARY);
    await t.expectMissing(t.key('a'), PRIMARY);
  }),

  defineCase('of saves from two handles at the same time exactly one is stored', async (t) => {
    const second = await t.options.second?.();
    if (second === undefined) return;
    const handles = [t.repository, t.traced(second, 'second handle: ')];
    const advice = 'The database must decide, not a lock in this process.';
    for (let round = 0; round < 4; round += 1) {
      const name = `a${round}`;
      const rivals = Array.from({ length: t.concurrency }, (_, index) => ({
        version: index + 2,
        at: handles[index % 2],
      }));
      const insert = rivals.map(
        ({ version, at }) =>
          async () =>
            (await at?.save(t.record(name, { version }), null)) === true,
      );
      const inserted = await t.countTrue(insert);
      t.check(inserted === 1, `${inserted} of ${rivals.length} inserts of one key answered true.`, advice);
      const stored = (await t.repository.find(t.key(name)))?.version ?? 0;
      const save = rivals.map(
        ({ version, at }) =>
          async () =>
            (await at?.save(t.record(name, { version: version + 1000 }), stored)) === true,
      );
      const saved = await t.countTrue(save);
      t.check(saved === 1, `${saved} of ${rivals.length} saves of one version answered true.`, advice);
    }
  }),
];
