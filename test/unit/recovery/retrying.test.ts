import { describe, expect, it } from '@jest/globals';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;

/** An installation that was rotated on purpose, in vain: in trouble, though its token is good for a day. */
const inTrouble = async () => {
  const bench = new Workbench();
  const instance = bench.instance();
  const ref = await bench.installed(instance);
  const token = await bench.run(instance.tokens.getAccessToken(ref));
  // The connection does not open: nothing was presented, and no rotation is left unfinished.
  const outage = bench.simulator.outage('refused');
  await bench.run(instance.tokens.refresh(ref).catch(() => undefined));
  await instance.engine.teller.settled();
  return { bench, instance, ref, token, outage };
};

describe('an installation in trouble whose token is valid still', () => {
  it('is served, and tried again off the path of those who use it, so that the host hears that all is well', async () => {
    const { bench, instance, ref, token, outage } = await inTrouble();
    expect(instance.told.map(({ to }) => to)).toEqual(['active', 'retrying']);
    outage.end();
    await bench.clock.advance(MINUTE + S);
    expect(await instance.tokens.getAccessToken(ref)).toBe(token);
    await bench.clock.advance(1);
    await instance.engine.teller.settled();
    expect(instance.told.map(({ to }) => to)).toEqual(['active', 'retrying', 'active']);
  });

  it('is served to its last second, by who has it at hand and by who has not', async () => {
    const { bench, instance, ref, token } = await inTrouble();
    const { expiresAt } = await instance.tokens.getCredential(ref);
    await bench.clock.advance(expiresAt.getTime() - bench.clock.now() - MINUTE);
    // For the first time HighLevel is asked in vain; then it is left alone until the back-off is over.
    for (const from of [instance, bench.instance(), bench.instance()]) {
      for (let times = 0; times < 2; times += 1) expect(await bench.run(from.tokens.getAccessToken(ref))).toBe(token);
    }
    expect(bench.clock.now()).toBeLessThan(expiresAt.getTime());
    await bench.clock.advance(2 * MINUTE);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
    });
  });

  it('is tried again at the pace of the back-off only, however often it is used', async () => {
    const { bench, instance, ref } = await inTrouble();
    const mark = bench.ledger.mark();
    for (let second = 0; second < 600; second += 1) {
      await instance.tokens.getAccessToken(ref);
      await bench.clock.advance(S);
    }
    // Waits of 4 s, 8 s and so on, each noticed at most a minute late.
    expect(bench.ledger.since(mark).refreshes().length).toBeGreaterThan(3);
    expect(bench.ledger.since(mark).refreshes().length).toBeLessThan(10);
  });
});
