import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Time passes, with a sweep every so often, and nobody calls. */
const sweepFor = async (bench: Workbench, instance: Instance, ms: number, everyMs = 10 * MINUTE): Promise<void> => {
  for (let passed = 0; passed < ms; passed += everyMs) {
    await bench.clock.advance(everyMs);
    await bench.run(instance.engine.sweeper.run());
  }
};

const statesOf = async (instance: Instance, refs: readonly { readonly locationId: string }[]): Promise<string[]> => {
  const states = await Promise.all(refs.map(async (ref) => (await instance.tokens.status(ref)).state));
  return [...new Set(states)];
};

/** Installations that ended because Reconnect was removed when their tokens died. */
const ended = async (count: number) => {
  const bench = new Workbench();
  const instance = bench.instance();
  const refs: { locationId: string; companyId: string }[] = [];
  for (let made = 0; made < count; made += 1) refs.push(await bench.installed(instance));
  await bench.clock.advance(DAY);
  bench.simulator.invalidateAll();
  bench.simulator.setReconnect('removed');
  for (const ref of refs) await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
  expect(await statesOf(instance, refs)).toEqual(['needs_reauthorization']);
  return { bench, instance, refs };
};

describe('the sweep, while nobody calls,', () => {
  it('tries a Reconnect that is closed about once an hour, with one installation', async () => {
    const { bench, instance, refs } = await ended(20);
    const mark = bench.ledger.mark();
    await sweepFor(bench, instance, DAY);
    const tries = bench.ledger.since(mark).reconnects().length;
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThanOrEqual(25);
    expect(bench.ledger.since(mark).tokenCalls()).toEqual([]);
    expect(await statesOf(instance, refs)).toEqual(['needs_reauthorization']);
  });

  it('brings back everything that ended for lack of it, soon after one try has found it open', async () => {
    const { bench, instance, refs } = await ended(20);
    bench.simulator.setReconnect('available');
    await sweepFor(bench, instance, 2 * HOUR);
    expect(await statesOf(instance, refs)).toEqual(['active']);
    expect(instance.log.map(({ message }) => message)).toContain('Installations are due again');
  });

  it('looks at what has ended ever more rarely, in the end once a day', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store });
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await bench.run(instance.reconnects.recover(ref)).catch(() => undefined);
    const looksWithin = async (ms: number): Promise<number> => {
      const dues = new Set<number>();
      for (let passed = 0; passed < ms; passed += HOUR) {
        dues.add((await instance.tokens.status(ref)).due!.getTime());
        await sweepFor(bench, instance, HOUR, HOUR);
      }
      return dues.size;
    };
    expect(await looksWithin(DAY)).toBeGreaterThanOrEqual(3);
    await looksWithin(5 * DAY);
    expect(await looksWithin(5 * DAY)).toBeLessThanOrEqual(6);
  });

  it('never looks again at what has ended for good', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { companyId } = await bench.bulkInstalled(instance);
    const ref = { companyId };
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('notInstalled');
    await bench.run(instance.reconnects.recover(ref)).catch(() => undefined);
    expect(await instance.tokens.status(ref)).toMatchObject({ state: 'needs_reauthorization', due: null });
    const mark = bench.ledger.mark();
    await sweepFor(bench, instance, 2 * DAY, HOUR);
    expect(bench.ledger.since(mark).calls()).toEqual([]);
  });
});

describe('when a company gets a usable credential back', () => {
  it('its locations that ended for lack of one are minted at the next sweep', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ options: { reconnect: { enabled: false } } });
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 5);
    const refs = locationIds.map((locationId) => ({ locationId, companyId }));
    for (const ref of refs) await bench.run(instance.tokens.mintLocationToken(ref));
    const other = await bench.installed(instance);
    await bench.clock.advance(DAY);
    bench.simulator.invalidateAll();
    for (const ref of [...refs, other]) await bench.run(instance.reconnects.recover(ref)).catch(() => undefined);
    expect(await statesOf(instance, [...refs, other])).toEqual(['needs_reauthorization']);

    const { code } = bench.simulator.authorizeAgain({ companyId });
    await bench.run(instance.tokens.exchangeCode(code));
    await sweepFor(bench, instance, MINUTE, MINUTE);
    expect(await statesOf(instance, refs)).toEqual(['active']);
    expect(await statesOf(instance, [other])).toEqual(['needs_reauthorization']);
  });
});

describe('when a client secret that was refused is accepted again', () => {
  it('installations that wait for it are tried at the next sweep', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const refs: { locationId: string }[] = [];
    for (let made = 0; made < 8; made += 1) refs.push(await bench.installed(instance));
    await bench.clock.advance(DAY);
    const refusal = bench.simulator.fault({
      match: { path: 'oauth' },
      times: 'forever',
      do: { answer: 'clientRejected' },
    });
    for (const ref of refs) await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
    await sweepFor(bench, instance, 3 * HOUR);
    expect(await statesOf(instance, refs)).toEqual(['retrying']);
    refusal.end();
    await sweepFor(bench, instance, HOUR + 20 * MINUTE);
    expect(await statesOf(instance, refs)).toEqual(['active']);
  });
});
