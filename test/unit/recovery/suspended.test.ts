import { describe, expect, it } from '@jest/globals';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LOOK = 6 * HOUR;

const paused = async () => {
  const bench = new Workbench();
  const instances = [bench.instance(), bench.instance(), bench.instance()];
  const ref = await bench.installed(instances[0]!);
  await bench.clock.advance(DAY);
  bench.simulator.deactivate({ locationId: ref.locationId });
  const all = (): Promise<string[]> =>
    bench.run(
      Promise.all(
        instances.flatMap(({ tokens }) =>
          [1, 2, 3].map(() => tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code)),
        ),
      ),
    );
  return { bench, instances, ref, all };
};

describe('a place that HighLevel calls not active', () => {
  it('is suspended: callers get a typed error with the time of the next look', async () => {
    const { bench, instances, ref } = await paused();
    const asked = bench.run(instances[0]!.tokens.getAccessToken(ref));
    const retryAt = new Date(bench.clock.now() + LOOK);
    await expect(asked).rejects.toMatchObject({ code: 'GHL_SUSPENDED', retryable: true, retryAt });
    expect(await instances[0]!.tokens.status(ref)).toMatchObject({
      state: 'suspended',
      refreshable: true,
      due: retryAt,
    });
  });

  it('costs one slow look at a time, of the whole fleet', async () => {
    const { bench, all } = await paused();
    for (let hour = 0; hour < 48; hour += 1) {
      expect(new Set(await all())).toEqual(new Set(['GHL_SUSPENDED']));
      await bench.clock.advance(HOUR);
    }
    expect(bench.ledger.credentialCalls().length - 1).toBeLessThanOrEqual(8);
    expect(bench.ledger.credentialCalls().length - 1).toBeGreaterThanOrEqual(6);
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('returns with the same refresh token', async () => {
    const { bench, instances, ref, all } = await paused();
    await all();
    bench.simulator.activate({ locationId: ref.locationId });
    await bench.clock.advance(LOOK + 6 * S);
    const tokens = await all();
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toContain('GHL_');
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.reconnects()).toEqual([]);
    const told = instances.flatMap((one) => one.told.map(({ to }) => to));
    expect(new Set(told)).toEqual(new Set(['active', 'suspended']));
  });

  it('stays suspended where a look fails for other reasons, and is looked at again', async () => {
    const { bench, instances, ref, all } = await paused();
    await all();
    const outage = bench.simulator.outage({ status: 500 }, { path: 'oauth' });
    await bench.clock.advance(LOOK + 6 * S);
    await all();
    expect(await instances[0]!.tokens.status(ref)).toMatchObject({ state: 'suspended' });
    outage.end();
    bench.simulator.activate({ locationId: ref.locationId });
    await bench.clock.advance(HOUR);
    expect((await all())[0]).not.toContain('GHL_');
  });
});
