import { describe, expect, it } from '@jest/globals';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const MINUTE = 60_000;
const COUNT = 250;

const scene = async () => {
  const bench = new Workbench();
  const first = bench.instance();
  const refs: { locationId: string; companyId: string }[] = [];
  for (let at = 0; at < COUNT; at += 1) refs.push(await bench.installed(first));
  await bench.clock.advance(MINUTE);
  for (const ref of refs) bench.simulator.killAccessToken(ref);
  return { bench, refs };
};

describe('a recovery job whose process is killed', () => {
  it.each([
    ['save', 40, 'before'],
    ['save', 173, 'after'],
    ['highlevel', 61, 'before'],
    ['highlevel', 150, 'after'],
    ['find', 30, 'before'],
    ['list', 4, 'before'],
  ] as const)(
    'at crossing %s %i (%s) goes on where it was, and repeats no more than what was in flight',
    async (port, crossing, moment) => {
      const { bench } = await scene();
      const process = new SimulatedProcess();
      const doomed = bench.instance({ process });
      const heir = bench.instance();
      const job = await bench.run(doomed.reconnects.startJob({}, { inFlight: 5 }));
      let crossed = 0;
      process.killAt((name) => name === port && (crossed += 1) === crossing, moment);
      await bench.clock.advance(2 * MINUTE);
      expect(process.isAlive).toBe(false);
      const before = await bench.run(heir.reconnects.job(job.id).then((found) => found!.progress()));
      expect(before.state).toBe('running');
      await bench.run(heir.engine.joinJobs());
      const done = await bench.run(heir.reconnects.job(job.id).then((found) => found!.finished()));
      expect(done).toMatchObject({ state: 'done', total: COUNT, done: COUNT });
      expect(bench.ledger.rotations()).toHaveLength(COUNT);
      const probes = bench.ledger.apiCalls().length;
      expect(probes).toBeLessThanOrEqual(COUNT + 5);
    },
    30_000,
  );

  it('is gone on with by three others, while a fourth is killed in between', async () => {
    const { bench } = await scene();
    const process = new SimulatedProcess();
    const others = [bench.instance(), bench.instance(), bench.instance()];
    const doomed = bench.instance({ process });
    const job = await bench.run(others[0]!.reconnects.startJob({}, { inFlight: 8 }));
    for (const instance of [...others, doomed]) await bench.run(instance.engine.joinJobs());
    await bench.clock.advance(4_000);
    process.kill();
    const done = await bench.run(job.finished());
    expect(done).toMatchObject({ state: 'done', total: COUNT, done: COUNT, outcomes: { recovered: COUNT } });
    expect(bench.ledger.rotations()).toHaveLength(COUNT);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  }, 30_000);

  it('of an instance that shuts down is taken over at once, since it gives back what it holds', async () => {
    const { bench } = await scene();
    const [one, two] = [bench.instance(), bench.instance()];
    const job = await bench.run(one.reconnects.startJob({}, { inFlight: 5 }));
    await bench.clock.advance(1_000);
    await bench.run(one.engine.close());
    const began = bench.clock.monotonic();
    await bench.run(two.engine.joinJobs());
    const done = await bench.run(two.reconnects.job(job.id).then((found) => found!.finished()));
    expect(done).toMatchObject({ state: 'done', done: COUNT });
    // At 20 calls per second and more; nobody has waited for a lease to run out.
    expect(bench.clock.monotonic() - began).toBeLessThan(30_000);
    expect(bench.ledger.rotations()).toHaveLength(COUNT);
  }, 30_000);
});
