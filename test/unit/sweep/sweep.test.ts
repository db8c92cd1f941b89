import { describe, expect, it } from '@jest/globals';
import { Workbench, type Instance } from '../../support/workbench.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const sweep = (bench: Workbench, instance: Instance, limit?: number) =>
  bench.run(instance.engine.sweeper.run(limit === undefined ? {} : { limit }));

describe('the sweep', () => {
  it('renews before the advisory window what is in use, and nothing that is not due', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    expect(await sweep(bench, instance)).toMatchObject({ looked: 0, renewed: 0 });
    await bench.clock.advance(DAY - HOUR);
    const mark = bench.ledger.mark();
    expect(await sweep(bench, instance)).toMatchObject({ looked: 1, renewed: 1, complete: true });
    expect(bench.ledger.since(mark).rotations(ref)).toHaveLength(1);
    expect(await sweep(bench, instance)).toMatchObject({ looked: 0 });
  });

  it('spreads what was made in one minute over the hours before the advisory window', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    for (let i = 0; i < 60; i += 1) await bench.installed(instance);
    await bench.clock.advance(DAY - 3 * HOUR);
    const looked: number[] = [];
    for (let quarter = 0; quarter <= 8; quarter += 1) {
      looked.push((await sweep(bench, instance)).renewed);
      await bench.clock.advance(HOUR / 4);
    }
    expect(looked.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(Math.max(...looked)).toBeLessThan(25);
  });

  it('renews once however many instances sweep at the same time', async () => {
    const bench = new Workbench();
    const instances = [bench.instance(), bench.instance(), bench.instance()] as const;
    for (let i = 0; i < 10; i += 1) await bench.installed(instances[0]);
    await bench.clock.advance(DAY - HOUR);
    const mark = bench.ledger.mark();
    await bench.run(Promise.all(instances.map(({ engine }) => engine.sweeper.run())));
    expect(bench.ledger.since(mark).tokenCalls()).toHaveLength(10);
  });

  // The story: the instance that had renewed it ended, and the other one, which still had an older credential in memory, took that for
  // a newer one than the one that was due. Nobody renewed the installation any more.
  it('renews what another instance has renewed before, whatever this one remembers of it', async () => {
    const bench = new Workbench();
    const [first, second] = [bench.instance(), bench.instance()];
    const ref = await bench.installed(first);
    await bench.run(second.tokens.getAccessToken(ref));
    await bench.clock.advance(DAY - HOUR);
    expect(await sweep(bench, first)).toMatchObject({ renewed: 1 });
    await first.engine.close();
    await bench.clock.advance(DAY - HOUR);
    expect(await sweep(bench, second)).toMatchObject({ looked: 1, renewed: 1 });
    expect(bench.ledger.rotations(ref)).toHaveLength(2);
  });

  it('renews companies before their locations', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { locationId } = await bench.installed(instance);
    const { companyId } = await bench.bulkInstalled(instance);
    await bench.clock.advance(DAY - HOUR);
    const mark = bench.ledger.mark();
    await sweep(bench, instance);
    expect(
      bench.ledger
        .since(mark)
        .rotations()
        .map(({ place }) => place),
    ).toEqual([`company:${companyId}`, `location:${locationId}`]);
  });

  it('leaves alone what nobody has used for a week, until it is used or its refresh token grows old', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    for (let day = 0; day < 12; day += 1) {
      await bench.clock.advance(DAY);
      await sweep(bench, instance);
    }
    const rotations = bench.ledger.rotations(ref).length;
    expect(rotations).toBeLessThan(9);
    await bench.clock.advance(30 * DAY);
    expect(await sweep(bench, instance)).toMatchObject({ renewed: 0 });
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.rotations(ref)).toHaveLength(rotations + 1);
    await bench.clock.advance(310 * DAY);
    await sweep(bench, instance);
    expect((await bench.run(instance.tokens.status(ref))).state).toBe('active');
    expect(bench.ledger.rotations(ref).length).toBeGreaterThan(rotations + 1);
  });

  it('never renews a minted token that has no refresh token', async () => {
    const bench = new Workbench({ settings: { mint: { refreshToken: false } } });
    const instance = bench.instance();
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 3);
    for (const locationId of locationIds) await bench.run(instance.tokens.mintLocationToken({ companyId, locationId }));
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    await sweep(bench, instance);
    expect(bench.ledger.since(mark).mints()).toEqual([]);
    expect(bench.ledger.since(mark).rotations({ companyId })).toHaveLength(1);
  });

  it('tries again what is in trouble, at the pace of its back-off', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    const outage = bench.simulator.outage();
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
    });
    for (let minute = 0; minute < 60; minute += 1) {
      await sweep(bench, instance);
      await bench.clock.advance(60_000);
    }
    expect(bench.ledger.refreshes(ref).length).toBeLessThan(30);
    outage.end();
    await bench.clock.advance(HOUR);
    await sweep(bench, instance);
    expect((await instance.tokens.status(ref)).state).toBe('active');
  });

  it('looks slowly at suspended places, and brings them back', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    bench.simulator.deactivate(ref);
    await bench.clock.advance(DAY);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_SUSPENDED' });
    const mark = bench.ledger.mark();
    for (let hour = 0; hour < 24; hour += 1) {
      await bench.clock.advance(HOUR);
      await sweep(bench, instance);
    }
    expect(bench.ledger.since(mark).refreshes(ref).length).toBeLessThanOrEqual(4);
    bench.simulator.activate(ref);
    await bench.clock.advance(7 * HOUR);
    await sweep(bench, instance);
    expect((await instance.tokens.status(ref)).state).toBe('active');
  });

  it('tells again what a listener has not been told', async () => {
    const bench = new Workbench();
    const deaf = bench.instance({ listener: { onInstallationChange: () => Promise.reject(new Error('deaf')) } });
    await bench.installed(deaf);
    await deaf.engine.close();
    const told: string[] = [];
    const next = bench.instance({ listener: { onInstallationChange: ({ to }) => void told.push(to) } });
    await sweep(bench, next);
    await next.engine.teller.settled();
    expect(told).toEqual(['active']);
  });

  it('stops at its limit, and goes on with what is due still', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    for (let i = 0; i < 5; i += 1) await bench.installed(instance);
    await bench.clock.advance(DAY - HOUR);
    expect(await sweep(bench, instance, 2)).toMatchObject({ looked: 2, complete: false });
    expect(await sweep(bench, instance)).toMatchObject({ looked: 3, complete: true });
  });

  it('is not held up by an installation in trouble', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const broken = await bench.installed(instance);
    for (let i = 0; i < 9; i += 1) await bench.installed(instance);
    bench.simulator.fault({ match: { locationId: broken.locationId }, times: 'forever', do: { status: 503 } });
    await bench.clock.advance(DAY - HOUR);
    expect(await sweep(bench, instance)).toMatchObject({ looked: 10, renewed: 9 });
  });
});
