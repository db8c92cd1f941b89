import { defineCase } from '../define-case.js';

const ROUNDS = 4;
const ATOMIC =
  'Look and write in one atomic statement (`UPDATE … WHERE key = $key AND version = $expectedVersion`). Between a separate ' +
  'look and its write somebody else can write, and a token pair that HighLevel has just issued is lost.';
const UNIQUE =
  'Let a unique index decide (`INSERT … ON CONFLICT DO NOTHING`). Between a separate look and its insert somebody else can insert.';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** What must be atomic, is. */
export const concurrency = [
  defineCase('of many saves of one version at the same time exactly one is stored', async (t) => {
    await t.insert(t.record('a'));
    let stored = 1;
    for (const round of numbers(ROUNDS)) {
      const rivals = numbers(t.concurrency).map((index) => t.record('a', { version: (round + 1) * 1000 + index }));
      const won = await t.countTrue(rivals.map((rival) => () => t.repository.save(rival, stored)));
      t.check(won === 1, `${won} of ${rivals.length} saves that expected version ${stored} answered true.`, ATOMIC);
      const found = await t.repository.find(t.key('a'));
      const winner = rivals.find(({ version }) => version === found?.version);
      if (winner === undefined) return t.fail('What is stored is none of the rivals.', ATOMIC);
      t.expectSame(found, winner, ATOMIC);
      stored = winner.version;
    }
  }),

  defineCase('of many inserts of one key at the same time exactly one is stored', async (t) => {
    for (const round of numbers(ROUNDS)) {
      const rivals = numbers(t.concurrency).map((index) => t.record(`a${round}`, { version: index + 1 }));
      const won = await t.countTrue(rivals.map((rival) => () => t.repository.save(rival, null)));
      t.check(won === 1, `${won} of ${rivals.length} inserts of one key answered true.`, UNIQUE);
      const found = await t.repository.find(t.key(`a${round}`));
      t.expectSame(found, rivals[(found?.version ?? 1) - 1] ?? t.record(`a${round}`), UNIQUE);
    }
  }),

  defineCase('of many removals of one version at the same time exactly one answers true', async (t) => {
    for (const round of numbers(ROUNDS)) {
      const record = t.record(`a${round}`);
      await t.insert(record);
      const won = await t.countTrue(numbers(t.concurrency).map(() => () => t.repository.remove(record.key, 1)));
      t.check(won === 1, `${won} of ${t.concurrency} removals of one version answered true.`, ATOMIC);
      await t.expectMissing(record.key, ATOMIC);
    }
  }),

  defineCase('of a save and a removal at the same time exactly one wins', async (t) => {
    for (const round of numbers(ROUNDS * 2)) {
      const name = `a${round}`;
      const key = t.key(name);
      await t.insert(t.record(name));
      const saves = numbers(2).map((index) => () => t.repository.save(t.record(name, { version: 2 + index }), 1));
      const removals = numbers(2).map(() => () => t.repository.remove(key, 1));
      const won = await t.countTrue(round % 2 === 0 ? [...saves, ...removals] : [...removals, ...saves]);
      t.check(won === 1, `${won} of 4 saves and removals of one version answered true.`, ATOMIC);
      const found = await t.repository.find(key);
      t.check(found?.version !== 1, 'A save or a removal answered true, and the record is still as it was.', ATOMIC);
    }
  }),

  defineCase("many calls at the same time do not get in each other's way", async (t) => {
    const advice = 'Let one call neither wait for nor fail because of another one; use one connection per call.';
    const names = numbers(t.concurrency * 2).map((index) => `a${String(index).padStart(3, '0')}`);
    const inserted = await t.countTrue(names.map((name) => () => t.repository.save(t.record(name), null)));
    t.check(
      inserted === names.length,
      `${inserted} of ${names.length} inserts of different keys answered true.`,
      advice,
    );
    const saved = await t.countTrue(
      names.map((name) => async () => {
        const found = await t.repository.find(t.key(name));
        await t.list({ limit: 5 });
        return found !== null && (await t.repository.save({ ...found, version: 2 }, found.version));
      }),
    );
    t.check(saved === names.length, `${saved} of ${names.length} saves of different keys answered true.`, advice);
  }),
];
