import { defineCase } from '../define-case.js';

const CONDITION =
  'Let the database decide in the statement that writes: `UPDATE … WHERE key = $key AND version = $expectedVersion`, and ' +
  'answer whether exactly one row was changed. Looking first and writing afterwards is not enough.';
const INSERT =
  'With `expectedVersion` null, insert and never overwrite: a unique key and `INSERT … ON CONFLICT DO NOTHING`, answering ' +
  'whether a row was inserted.';
const REMOVAL =
  '`DELETE … WHERE key = $key AND version = $expectedVersion`, answering whether exactly one row was deleted.';
const WHOLE =
  'Write every field of the record with each save, `null` included; an ORM may skip what it takes for unset.';

/** What `save` and `remove` do, one call after the other. */
export const conditionalWrites = [
  defineCase('a key that was never saved is null', async (t) => {
    await t.expectMissing(t.key('never'), 'Answer `find` with `null` if no record has the key.');
  }),

  defineCase('an inserted record is found', async (t) => {
    const record = t.record('a');
    await t.insert(record);
    await t.expectStored(record, 'Give every field back as it was stored.');
  }),

  defineCase('a second insert of a key answers false and changes nothing', async (t) => {
    const first = t.record('a');
    await t.insert(first);
    const saved = await t.repository.save(t.record('a', { version: 2, body: 'second' }), null);
    t.check(!saved, 'The insert of a key that is taken answered true.', INSERT);
    await t.expectStored(first, INSERT);
  }),

  defineCase('a key is unique across all kinds', async (t) => {
    const first = t.record('a');
    await t.insert(first);
    const saved = await t.repository.save(t.record('a', { kind: `${t.kind}-b`, version: 2 }), null);
    t.check(
      !saved,
      'A key was inserted a second time, with another kind.',
      'Make the key alone unique, not kind and key.',
    );
    await t.expectStored(first, INSERT);
  }),

  defineCase('an update that knows the stored version replaces every field', async (t) => {
    await t.insert(t.record('a'));
    const empty = t.record('a', {
      ...{ version: 2, format: 2, body: 'second', group: null, due: null },
      ...{ locationId: null, companyId: null, clientId: null, state: null, expiresAt: null },
    });
    t.check(await t.repository.save(empty, 1), 'An update that knows the stored version was refused.', CONDITION);
    await t.expectStored(empty, WHOLE);
    const full = t.record('a', { version: 3, kind: `${t.kind}-b`, group: t.group('b'), state: 'retrying' });
    t.check(await t.repository.save(full, 2), 'An update that knows the stored version was refused.', CONDITION);
    await t.expectStored(full, WHOLE);
  }),

  defineCase('an update with an outdated version answers false and changes nothing', async (t) => {
    await t.insert(t.record('a'));
    const second = t.record('a', { version: 2 });
    t.check(await t.repository.save(second, 1), 'An update that knows the stored version was refused.', CONDITION);
    const saved = await t.repository.save(t.record('a', { version: 3, body: 'from an outdated version' }), 1);
    t.check(!saved, 'An update with an outdated version answered true: a newer token pair would be lost.', CONDITION);
    await t.expectStored(second, CONDITION);
  }),

  defineCase('versions are compared for equality only', async (t) => {
    const advice = 'Compare with `=`: a greater version is not a newer one, and `save` must not count versions itself.';
    await t.insert(t.record('a', { version: 900 }));
    const smaller = t.record('a', { version: 5 });
    t.check(await t.repository.save(smaller, 900), 'A record was refused because its version is smaller.', advice);
    await t.expectStored(smaller, advice);
    t.check(
      !(await t.repository.save(t.record('a', { version: 1000 }), 900)),
      'An outdated version was accepted.',
      advice,
    );
    t.check(!(await t.repository.save(t.record('a', { version: 1000 }), 4)), 'A wrong version was accepted.', advice);
    await t.expectStored(smaller, advice);
  }),

  defineCase('an update of a missing record answers false and makes none', async (t) => {
    const saved = await t.repository.save(t.record('a', { version: 2 }), 1);
    t.check(!saved, 'The update of a record that does not exist answered true.', CONDITION);
    await t.expectMissing(t.key('a'), 'Do not insert when `expectedVersion` is given (no upsert).');
  }),

  defineCase('a removal needs the stored version', async (t) => {
    const record = t.record('a', { version: 2 });
    await t.insert(record);
    t.check(!(await t.repository.remove(record.key, 1)), 'A removal with another version answered true.', REMOVAL);
    await t.expectStored(record, REMOVAL);
    t.check(await t.repository.remove(record.key, 2), 'A removal that knows the stored version was refused.', REMOVAL);
    await t.expectMissing(record.key, REMOVAL);
    t.check(!(await t.repository.remove(record.key, 2)), 'The removal of a missing record answered true.', REMOVAL);
  }),

  defineCase('a removed key can be inserted again', async (t) => {
    const advice = 'Really delete the record; a row that is only marked as deleted keeps its key taken.';
    await t.insert(t.record('a'));
    t.check(await t.repository.remove(t.key('a'), 1), 'A removal that knows the stored version was refused.', REMOVAL);
    t.check(!(await t.repository.save(t.record('a', { version: 2 }), 1)), 'A removed record was updated.', advice);
    const again = t.record('a', { version: 3 });
    t.check(await t.repository.save(again, null), 'A key could not be inserted again after its removal.', advice);
    await t.expectStored(again, advice);
  }),
];
