import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JobItem, JobProgress, JobSelection, RecoveryJobOptions } from '../../../lib/jobs/job-types.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const DAY = 86_400_000;
const BAD_IDS = ['', '# from the old table', '  ', 'not an id', 'location:', 'x'.repeat(65)];

let bench: Workbench;
let one: Instance;

beforeEach(() => {
  bench = new Workbench();
  one = bench.instance();
});

interface Ended {
  readonly progress: JobProgress;
  readonly items: readonly JobItem[];
}

const recover = async (selection: JobSelection, options: RecoveryJobOptions = {}, instance = one): Promise<Ended> => {
  const job = await bench.run(instance.reconnects.startJob(selection, options));
  const progress = await bench.run(job.finished());
  const items: JobItem[] = [];
  for await (const item of (await bench.run(job.report())).items()) items.push(item);
  return { progress, items };
};

const install = async (count: number): Promise<{ locationId: string; companyId: string }[]> => {
  const refs = [];
  for (let at = 0; at < count; at += 1) refs.push(await bench.installed(one));
  // Nobody believes that a token which is seconds old has died.
  await bench.clock.advance(MINUTE);
  return refs;
};

describe('a recovery job', () => {
  it('asks HighLevel whether each credential lives, and recovers those that do not', async () => {
    const [well, dead, gone] = await install(3);
    bench.simulator.killAccessToken(dead!);
    bench.simulator.invalidateAll(gone);
    const mark = bench.ledger.mark();
    const { progress, items } = await recover({});
    expect(progress).toMatchObject({ state: 'done', total: 3, done: 3, outcomes: { healthy: 1, recovered: 2 } });
    const of = ({ locationId }: { locationId: string }) =>
      items.find(({ installation }) => installation?.locationId === locationId);
    expect(of(well!)).toMatchObject({ outcome: 'healthy', rung: null });
    expect(of(dead!)).toMatchObject({ outcome: 'recovered', rung: 'refresh' });
    expect(of(gone!)).toMatchObject({ outcome: 'recovered', rung: 'reconnect', traceId: expect.any(String) });
    expect(bench.ledger.since(mark).presentedTwice()).toEqual([]);
  });

  it('brings back what the store has never seen: from a list of ids, with what is wrong in it accounted for', async () => {
    const refs = await install(3);
    for (const ref of refs) await bench.dropRecord(one, ref);
    const [first, second, third] = refs;
    const ids = [
      `\uFEFF${first!.locationId}\r`,
      `location:${second!.locationId},${second!.companyId}\r`,
      first!.locationId,
      ...BAD_IDS,
      'neverInstalled',
      third!,
    ];
    const fresh = bench.instance();
    const { progress, items } = await recover({ from: 'ids', ids }, {}, fresh);
    expect(progress.outcomes).toEqual({ recovered: 3, duplicate: 1, invalid: 3, unknown: 1 });
    expect(items.find(({ outcome }) => outcome === 'unknown')).toMatchObject({
      installation: { locationId: 'neverInstalled' },
      code: expect.stringMatching(/^GHL_/),
    });
    // What HighLevel has nothing for leaves no record that would be tried for ever.
    await expect(fresh.tokens.status({ locationId: 'neverInstalled' })).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
    });
    for (const ref of refs) await expect(fresh.tokens.getAccessToken(ref)).resolves.toEqual(expect.any(String));
  });

  it('takes companies before their locations, so that ten of them cost one renewal of the company', async () => {
    const { companyId, locationIds } = await bench.bulkInstalled(one, 10);
    for (const locationId of locationIds) await bench.run(one.tokens.mintLocationToken({ companyId, locationId }));
    await bench.clock.advance(MINUTE);
    bench.simulator.invalidateAll({ companyId });
    for (const locationId of locationIds) bench.simulator.killAccessToken({ locationId });
    const { progress } = await recover({});
    expect(progress.outcomes).toEqual({ recovered: 11 });
    const calls = bench.ledger.entries.filter(({ endpoint }) => endpoint === 'reconnect');
    expect(calls).toHaveLength(1);
  });

  it('finds the locations of a company at HighLevel, page by page, and only those with the app', async () => {
    const { companyId, locationIds } = await bench.bulkInstalled(one, 25);
    bench.simulator.uninstall({ locationId: locationIds[0]! });
    const { progress } = await recover({ from: 'company', companyId });
    expect(progress).toMatchObject({ total: 25, outcomes: { healthy: 1, recovered: 24 } });
  });

  it('takes everything from the directory, where it can be listed', async () => {
    const refs = await install(2);
    const listed = bench.instance({ directory: { find: () => null, list: () => refs } });
    await expect(recover({ from: 'directory' }, {}, listed)).resolves.toMatchObject({
      progress: { outcomes: { healthy: 2 } },
    });
    await expect(recover({ from: 'directory' })).rejects.toMatchObject({ code: 'GHL_CONFIG_INVALID' });
  });

  it('selects by state, last error and time of issue, and says so where nothing matches', async () => {
    const [first] = await install(2);
    const between = new Date(bench.clock.now());
    await install(1);
    await expect(recover({ issuedUntil: between })).resolves.toMatchObject({ progress: { total: 2 } });
    await expect(recover({ issuedFrom: between })).resolves.toMatchObject({ progress: { total: 1 } });
    await expect(recover({ companyId: first!.companyId })).resolves.toMatchObject({ progress: { total: 1 } });
    await expect(recover({ errors: ['GHL_SUSPENDED'] })).resolves.toMatchObject({
      progress: { total: 0, state: 'done' },
    });
  });

  it('changes nothing when it is a dry run, and says what would be done', async () => {
    const [, dead] = await install(2);
    bench.simulator.killAccessToken(dead!);
    const mark = bench.ledger.mark();
    const { progress, items } = await recover({}, { way: 'dry-run' });
    expect(progress.outcomes).toEqual({ healthy: 1, would_try: 1 });
    expect(items.find(({ outcome }) => outcome === 'would_try')?.rung).toBe('refresh');
    expect(bench.ledger.since(mark).entries.filter(({ endpoint }) => endpoint !== 'api')).toEqual([]);
  });

  it('forces Reconnect only when the number of installations is typed', async () => {
    await install(2);
    await expect(recover({}, { way: 'reconnect' })).rejects.toMatchObject({ code: 'GHL_CONFIG_INVALID' });
    await expect(recover({}, { way: 'reconnect', expect: 3 })).rejects.toThrow(/2 installations are selected/);
    await expect(recover({}, { way: 'reconnect', expect: 2 })).resolves.toMatchObject({
      progress: { outcomes: { recovered: 2 } },
    });
  });

  /** A location that HighLevel has answered so, time after time, and that is not due for a while. */
  const inTrouble = async (status: number) => {
    const [ref] = await install(1);
    bench.simulator.killAccessToken(ref!);
    const outage = bench.simulator.outage({ status }, { path: '/oauth/token' });
    for (let times = 0; times < 7; times += 1) {
      await bench.run(one.tokens.refresh(ref!).catch(() => undefined));
      if (times < 6) await bench.clock.advance(10 * MINUTE);
    }
    outage.end();
    const { state, trouble } = await one.tokens.status(ref!);
    expect(state).toBe('retrying');
    expect(trouble!.retryAt!.getTime()).toBeGreaterThan(bench.clock.now() + MINUTE);
    return bench.ledger.mark();
  };

  it('tries what is in trouble although its next attempt is not due', async () => {
    const mark = await inTrouble(429);
    await expect(recover({ states: ['retrying'] })).resolves.toMatchObject({
      progress: { total: 1, outcomes: { recovered: 1 } },
    });
    expect(bench.ledger.since(mark).refreshes()).toHaveLength(1);
  });

  it('keeps the pace of a refresh token of which nobody knows what has come of it', async () => {
    const mark = await inTrouble(503);
    await expect(recover({ states: ['retrying'] })).resolves.toMatchObject({
      progress: { total: 1, outcomes: { waiting: 1 } },
    });
    expect(bench.ledger.since(mark).refreshes()).toHaveLength(0);
  });

  it('pauses after the first few answers where the client secret is wrong, and goes on where it was', async () => {
    const refs = await install(30);
    for (const ref of refs) bench.simulator.killAccessToken(ref);
    const refusal = bench.simulator.fault({
      match: { path: '/oauth/token' },
      do: { answer: 'clientRejected' },
      times: Number.POSITIVE_INFINITY,
    });
    const job = await bench.run(one.reconnects.startJob({}, { inFlight: 2 }));
    const paused = await bench.run(job.finished());
    expect(paused).toMatchObject({ state: 'paused', done: 0, reason: expect.stringContaining('secret') });
    expect(bench.ledger.entries.filter(({ endpoint }) => endpoint === 'token').length - 30).toBeLessThan(12);
    refusal.end();
    await bench.clock.advance(DAY / 24);
    await bench.run(job.resume());
    const done = await bench.run(job.finished());
    expect(done).toMatchObject({ state: 'done', done: 30, total: 30 });
  });

  it('stays cancelled when it was cancelled while its installations were listed', async () => {
    const refs = await install(3);
    async function* slowly() {
      for (const { locationId } of refs) {
        await bench.clock.sleep(10 * S);
        yield locationId;
      }
    }
    const starting = one.reconnects.startJob({ from: 'ids', ids: slowly() });
    await bench.clock.advance(15 * S);
    const [planned] = await bench.run(one.reconnects.jobs());
    expect(planned).toMatchObject({ state: 'planning', total: null });
    await bench.run(one.reconnects.job(planned!.id).then((job) => job!.cancel()));
    const job = await bench.run(starting);
    await expect(bench.run(job.finished())).resolves.toMatchObject({ state: 'cancelled', done: 0 });
  });

  it('goes on while the store fails now and then', async () => {
    const store = new FaultyRepository(bench.store);
    const refs = await install(5);
    for (const ref of refs) bench.simulator.killAccessToken(ref);
    const shaky = bench.instance({ repository: store });
    const job = await bench.run(shaky.reconnects.startJob());
    store.fail('before', { times: 6, on: 'save' });
    await expect(bench.run(job.finished())).resolves.toMatchObject({ state: 'done', outcomes: { recovered: 5 } });
  });
});

describe('two of them over the same installations', () => {
  it('are one, from whichever instance, and share the work', async () => {
    const refs = await install(20);
    for (const ref of refs) bench.simulator.killAccessToken(ref);
    const other = bench.instance();
    const [first, second] = await bench.run(Promise.all([one.reconnects.startJob(), other.reconnects.startJob()]));
    await bench.run(Promise.all([first.finished(), second.finished()]));
    const report = await bench.run(second.report());
    expect(report.summary).toMatchObject({ total: 20, done: 20, outcomes: { recovered: 20 } });
    expect(bench.ledger.refreshes()).toHaveLength(20);
  });

  it('that are not the same double no rotation', async () => {
    const refs = await install(20);
    for (const ref of refs) bench.simulator.killAccessToken(ref);
    const other = bench.instance();
    const jobs = await bench.run(
      Promise.all([one.reconnects.startJob(), other.reconnects.startJob({ states: ['active'] })]),
    );
    await bench.run(Promise.all(jobs.map((job) => job.finished())));
    expect(bench.ledger.refreshes()).toHaveLength(20);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });
});
