import { describe, expect, it } from '@jest/globals';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600 * S;
const DAY = 24 * HOUR;
const GRACE_MS = 30 * S;

/** The job of an instance, as the scheduler runs it: first after a while, then in its interval. */
const runJob = async (bench: Workbench, { engine }: Instance, firstAfterMs: number, forMs: number): Promise<void> => {
  const { intervalMs } = engine.settings.job;
  await bench.clock.advance(firstAfterMs);
  for (let ms = firstAfterMs; ms < forMs; ms += intervalMs) {
    await bench.run(engine.sweeper.run());
    await bench.clock.advance(intervalMs);
  }
};

/** An installation that nobody calls for, two processes whose jobs renew it, and no way back but its refresh token. */
const atNight = async () => {
  const bench = new Workbench({ settings: { reconnect: { mode: 'removed' } } });
  const process = new SimulatedProcess();
  const [first, second] = [bench.instance({ process }), bench.instance()];
  const ref = await bench.installed(second);
  await bench.clock.advance(DAY - HOUR);
  const outcomes = (): string[] => bench.ledger.refreshes(ref).map(({ outcome }) => outcome);
  return { bench, process, first, second, ref, outcomes };
};

describe('a rotation of which its process did not live to see the end, for an installation that nobody calls for', () => {
  // The story: the job rotates at night, and a deployment kills it before the pair is stored. No customer's call comes to find the
  // mark, and the other process's job, once a minute, first saw the dead process's lease and a minute later that it had run out.
  it.each([0, 4 * S, 9 * S, 11 * S])(
    "is finished within the grace by another process's job, which first runs after %i ms",
    async (firstAfterMs) => {
      const { bench, process, first, second, ref, outcomes } = await atNight();
      process.killAt((port) => port === 'highlevel', 'after');
      void first.engine.sweeper.run();
      await bench.clock.advance(1);
      await runJob(bench, second, firstAfterMs, 2 * GRACE_MS);
      expect(outcomes()).toEqual(['issued', 'repeated']);
      expect((await second.tokens.status(ref)).state).toBe('active');
    },
  );

  it('is left to a process that lives, however long it takes', async () => {
    const { bench, first, second, outcomes } = await atNight();
    bench.simulator.fault({ match: { path: 'oauth' }, do: { delayMs: 9 * S } });
    const sweep = first.engine.sweeper.run();
    await bench.clock.advance(1);
    await runJob(bench, second, 1, 2 * GRACE_MS);
    expect(await bench.run(sweep)).toMatchObject({ renewed: 1 });
    expect(outcomes()).toEqual(['issued']);
  });

  it('is not looked at again once it is finished', async () => {
    const { bench, process, first, second, ref, outcomes } = await atNight();
    process.killAt((port) => port === 'highlevel', 'after');
    void first.engine.sweeper.run();
    await bench.clock.advance(1);
    await bench.run(second.engine.sweeper.run());
    await bench.run(second.tokens.refresh(ref));
    const seen = outcomes().length;
    await bench.clock.advance(HOUR);
    expect(outcomes()).toHaveLength(seen);
  });
});
