import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const DAY = 86_400 * S;

/** Two instances on one store, of which both have the installation at hand. */
const fleet = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const [one, other] = [bench.instance({ repository: store }), bench.instance({ repository: store })];
  const ref = await bench.installed(one);
  await bench.run(other.tokens.getAccessToken(ref));
  await one.engine.teller.settled();
  return { bench, store, one, other, ref };
};

describe('the host is told of what is written back', () => {
  it('where the record is missing: it may have heard of an uninstall since', async () => {
    const { bench, store, one, other, ref } = await fleet();
    // A location is uninstalled, its tombstone is deleted, and its agency brings the app back: the old credential comes with it.
    await bench.run(one.tokens.markUninstalled(ref));
    await one.engine.teller.settled();
    expect(one.told.map(({ to }) => to)).toEqual(['active', 'uninstalled']);
    store.dropAll();
    await bench.clock.advance(61 * S);
    await other.tokens.getAccessToken(ref);
    await bench.clock.advance(1);
    await other.engine.teller.settled();
    expect(other.told.map(({ from, to }) => [from, to])).toEqual([[null, 'active']]);
  });

  it('where a backup took the news away before it was told', async () => {
    const { bench, store, one, ref } = await fleet();
    const backup = await store.backup();
    await bench.clock.advance(DAY);
    bench.simulator.outage({ status: 503 });
    await bench.run(one.tokens.getAccessToken(ref).catch(() => undefined));
    await one.engine.teller.settled();
    bench.simulator.clearFaults();
    await bench.clock.advance(60 * S);
    // The new pair is stored; the teller cannot read the record, and the backup is restored before it tries again.
    store.fail('before', { on: 'find', after: 1, when: (key) => key.startsWith('installation/') });
    await bench.run(one.tokens.getAccessToken(ref));
    await store.restore(backup);
    expect(one.told.map(({ to }) => to)).toEqual(['active', 'retrying']);
    await bench.clock.advance(61 * S);
    await one.tokens.getAccessToken(ref);
    await bench.clock.advance(1);
    await one.engine.teller.settled();
    expect(one.told.at(-1)).toMatchObject({ to: 'active' });
  });
});

describe('what happens while the record is missing is known to come after it, whatever a backup brings back', () => {
  it('a new authorization', async () => {
    const { bench, store, one, ref } = await fleet();
    const backup = await store.backup();
    store.dropAll();
    // HighLevel kills the tokens that are in the backup.
    await bench.run(one.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code));
    await store.restore(backup);
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(DAY);
    const token = await bench.run(one.tokens.getAccessToken(ref));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live' });
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('an uninstall', async () => {
    const { bench, store, one, ref } = await fleet();
    const backup = await store.backup();
    store.dropAll();
    bench.simulator.uninstall({ locationId: ref.locationId });
    await bench.run(one.tokens.markUninstalled(ref));
    await store.restore(backup);
    await bench.clock.advance(61 * S);
    await expect(bench.run(one.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_UNINSTALLED' });
    expect(await bench.run(one.tokens.status(ref))).toMatchObject({ state: 'uninstalled' });
  });
});
