import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** Two instances on one store, whose machines do not agree on the time. */
const fleet = async (aheadMs: number) => {
  const bench = new Workbench();
  const process = new SimulatedProcess();
  process.skewMs = aheadMs;
  const [right, wrong] = [bench.instance(), bench.instance({ process })];
  const ref = await bench.installed(right);
  return { bench, right, wrong, ref };
};

describe('an authorization that comes to an instance whose clock is behind', () => {
  it.each([
    ['20 s', 20 * S],
    ['an hour', HOUR],
  ])('is taken in all the same, though an earlier one seems later (%s)', async (_, behindMs) => {
    const { bench, right, wrong, ref } = await fleet(-behindMs);
    await bench.clock.advance(10 * S);
    // HighLevel kills the earlier tokens when it exchanges the new code.
    await bench.run(wrong.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code));
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(2 * HOUR);
    const token = await bench.run(bench.instance().tokens.getAccessToken(ref));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'code' });
    await expect(bench.run(right.tokens.refresh(ref))).resolves.toBeDefined();
  });

  it('is taken in also when the store answered nothing at that moment, where the instance has seen the earlier one', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const store = new FaultyRepository(bench.store);
    const behind = bench.instance({ process, repository: store });
    const ref = await bench.installed(behind);
    process.skewMs = -10 * MINUTE;
    store.fail('before', { times: 8 });
    const { code } = bench.simulator.authorizeAgain(ref);
    await expect(bench.run(behind.tokens.exchangeCode(code))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(2 * HOUR);
    const token = await bench.run(bench.instance().tokens.getAccessToken(ref));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'code' });
    await expect(bench.run(behind.tokens.refresh(ref))).resolves.toBeDefined();
  });

  it('lifts the tombstone of an uninstall that another clock puts after it', async () => {
    const { bench, right, wrong, ref } = await fleet(-HOUR);
    await bench.run(right.tokens.markUninstalled(ref));
    await bench.clock.advance(MINUTE);
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(wrong.tokens.exchangeCode(code));
    await expect(bench.run(bench.instance().tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});

describe('a lease, on machines whose clocks do not agree', () => {
  it.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])('keeps its holder’s rotation to itself, also from an instance that is %s', async (_, aheadMs) => {
    const { bench, right, wrong, ref } = await fleet(aheadMs);
    await bench.clock.advance(25 * HOUR);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 9 * S } });
    const asked = right.tokens.getAccessToken(ref);
    await bench.clock.advance(10);
    const others = wrong.tokens.getAccessToken(ref);
    expect(await bench.run(others)).toBe(await bench.run(asked));
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])('of a holder that died is taken over within seconds by an instance that is %s', async (_, aheadMs) => {
    const { bench, wrong, ref } = await fleet(aheadMs);
    const doomed = new SimulatedProcess();
    const first = bench.instance({ process: doomed });
    await bench.clock.advance(25 * HOUR);
    doomed.killAt((port) => port === 'highlevel', 'before');
    void first.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(10);
    const began = bench.clock.monotonic();
    const token = await bench.run(wrong.tokens.getAccessToken(ref));
    expect(bench.clock.monotonic() - began).toBeLessThan(16 * S);
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live' });
  });
});
