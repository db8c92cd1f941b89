import { describe, expect, it } from '@jest/globals';
import type { GhlAuthOptions } from '../../../lib/index.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const fleetOf = async (options: Partial<GhlAuthOptions> = {}) => {
  const bench = new Workbench();
  const first = bench.instance();
  const other = bench.instance({ options });
  const ref = await bench.installed(first);
  const outcome = (instance: Instance, work: (instance: Instance) => Promise<unknown>): Promise<unknown> =>
    bench.run(work(instance)).then(
      () => 'served',
      ({ code }: { code: string }) => code,
    );
  const token = (instance: Instance): Promise<unknown> => outcome(instance, ({ tokens }) => tokens.getAccessToken(ref));
  return { bench, first, other, ref, token, outcome };
};

describe('a pause', () => {
  it('is obeyed by every instance within seconds, and serves what is valid', async () => {
    const { bench, first, other, ref, token } = await fleetOf();
    await bench.clock.advance(DAY - 30 * MINUTE);
    await bench.run(first.reconnects.pause('all', { reason: 'incident 4711' }));
    await bench.clock.advance(3 * S);
    const mark = bench.ledger.mark();
    // In its advisory window: valid still, and not renewed.
    expect([await token(first), await token(other)]).toEqual(['served', 'served']);
    await bench.clock.advance(MINUTE);
    expect(bench.ledger.since(mark).calls()).toEqual([]);
    await bench.clock.advance(HOUR);
    await expect(bench.run(other.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_PAUSED',
      retryable: true,
      message: expect.stringContaining('incident 4711'),
      retryAt: expect.any(Date),
    });
    expect(bench.ledger.since(mark).calls()).toEqual([]);
  });

  it('leaves the state of installations as it is, and tells the host of no change', async () => {
    const { bench, first, other, ref, token } = await fleetOf();
    const told = first.told.length;
    await bench.run(first.reconnects.pause());
    await bench.clock.advance(DAY);
    expect(await token(other)).toBe('GHL_PAUSED');
    expect(await bench.run(other.engine.sweeper.run())).toMatchObject({ looked: 1, paused: 1, failed: 0 });
    expect((await other.tokens.status(ref)).state).toBe('active');
    expect(first.told.length + other.told.length).toBe(told);
  });

  it('ends when it is ended, by any instance, or by itself', async () => {
    const { bench, first, other, token } = await fleetOf();
    await bench.run(first.reconnects.pause('all'));
    await bench.run(first.reconnects.pause('refresh', { until: new Date(bench.clock.now() + DAY + HOUR) }));
    await bench.clock.advance(DAY);
    expect(await token(other)).toBe('GHL_PAUSED');
    await bench.run(other.reconnects.resume('all'));
    await bench.clock.advance(10 * S);
    expect(await token(first)).toBe('GHL_PAUSED');
    expect(await bench.run(first.reconnects.pauses())).toEqual([
      { scope: 'refresh', since: expect.any(Date), until: expect.any(Date), reason: null },
    ]);
    await bench.clock.advance(HOUR);
    expect(await token(first)).toBe('served');
    expect(await bench.run(first.reconnects.pauses())).toEqual([]);
    expect(first.log.filter(({ message }) => message === 'The pause is over')).toHaveLength(1);
  });

  it('is ended also by an instance that has not met it yet', async () => {
    const { bench, first, other, token } = await fleetOf();
    await bench.run(first.reconnects.pause('all'));
    await bench.run(other.reconnects.resume());
    expect(await bench.run(first.reconnects.pauses())).toEqual([]);
    await bench.clock.advance(DAY);
    expect(await token(first)).toBe('served');
  });

  it('of refreshing spends no refresh token, and climbs no higher because of it', async () => {
    const { bench, first, token } = await fleetOf();
    await bench.run(first.reconnects.pause('refresh'));
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    expect(await token(first)).toBe('GHL_PAUSED');
    expect(bench.ledger.since(mark).calls()).toEqual([]);
  });

  it('of Reconnect still refreshes, and waits before the last rung', async () => {
    const { bench, first, ref, token, outcome } = await fleetOf();
    await bench.run(first.reconnects.pause('reconnect'));
    await bench.clock.advance(DAY);
    expect(await token(first)).toBe('served');
    bench.simulator.invalidateAll();
    expect(await outcome(first, ({ reconnects }) => reconnects.recover(ref))).toBe('GHL_PAUSED');
    expect(await outcome(first, ({ reconnects }) => reconnects.reconnect(ref))).toBe('GHL_PAUSED');
    expect(bench.ledger.reconnects()).toEqual([]);
    expect((await first.tokens.status(ref)).state).toBe('active');
    await bench.run(first.reconnects.resume());
    await bench.clock.advance(10 * S);
    expect(await outcome(first, ({ reconnects }) => reconnects.recover(ref))).toBe('served');
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('of refreshing does not end a location whose company needs it', async () => {
    const { bench, first, outcome } = await fleetOf();
    const { companyId, locationIds } = await bench.bulkInstalled(first, 1);
    const ref = { companyId, locationId: locationIds[0] as string };
    await bench.run(first.tokens.mintLocationToken(ref));
    await bench.run(first.reconnects.pause('refresh'));
    await bench.clock.advance(DAY);
    bench.simulator.setReconnect('removed');
    const mark = bench.ledger.mark();
    const renewing = ({ tokens }: Instance): Promise<string> => tokens.getAccessToken(ref);
    expect(await outcome(first, renewing)).toMatch(/served|GHL_PAUSED/);
    expect(bench.ledger.since(mark).reconnects()).toEqual([]);
    expect((await first.tokens.status(ref)).state).toBe('active');
  });

  it('lets a rotation be finished of which HighLevel still repeats the answer', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const dying = bench.instance({ process });
    const ref = await bench.installed(dying);
    await bench.clock.advance(DAY);
    process.killAt((port) => port === 'highlevel', 'after');
    void dying.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(S);
    expect(process.isAlive).toBe(false);
    const heir = bench.instance({ options: { lease: { ttlMs: 11 * S } } });
    await bench.run(heir.reconnects.pause('all'));
    await bench.run(heir.tokens.getAccessToken(ref));
    expect(bench.ledger.rotations(ref)).toHaveLength(1);
    await bench.clock.advance(DAY);
    await expect(bench.run(heir.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_PAUSED' });
  });

  it('does not keep customers from installing and uninstalling', async () => {
    const { bench, first } = await fleetOf();
    await bench.run(first.reconnects.pause());
    const late = await bench.installed(first);
    expect((await first.tokens.status(late)).state).toBe('active');
    await bench.run(first.tokens.markUninstalled(late));
    expect((await first.tokens.status(late)).state).toBe('uninstalled');
  });

  it('says what is wrong with its arguments', async () => {
    const { first } = await fleetOf();
    const refused = (message: string) => ({ code: 'GHL_CONFIG_INVALID', message: expect.stringContaining(message) });
    await expect(first.reconnects.pause('everything' as 'all')).rejects.toMatchObject(refused('all, refresh'));
    await expect(first.reconnects.pause('all', { until: new Date(0) })).rejects.toMatchObject(refused('until'));
    await expect(first.reconnects.pause('all', { reason: 'x'.repeat(201) })).rejects.toMatchObject(refused('reason'));
    await expect(first.reconnects.resume('most' as 'all')).rejects.toMatchObject(refused('all, refresh'));
  });
});

describe.each(['observe', 'off'] as const)('mode %s', (mode) => {
  it('serves what is valid, and spends, mints and reconnects nothing', async () => {
    const { bench, other, ref, token, outcome } = await fleetOf({ mode });
    expect(await token(other)).toBe('served');
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    expect(await token(other)).toBe('GHL_PAUSED');
    expect(await outcome(other, ({ reconnects }) => reconnects.recover(ref))).toBe('GHL_PAUSED');
    expect(await outcome(other, ({ tokens }) => tokens.refresh(ref))).toBe('GHL_PAUSED');
    await expect(bench.run(other.reconnects.reconnect(ref))).rejects.toMatchObject({
      code: 'GHL_PAUSED',
      message: expect.stringContaining(`GHL_AUTH_MODE`),
    });
    expect(await bench.run(other.engine.sweeper.run())).toMatchObject({ looked: 1, paused: 1 });
    expect(bench.ledger.since(mark).calls()).toEqual([]);
    expect((await other.tokens.status(ref)).state).toBe('active');
  });

  it('takes over what an active instance has rotated', async () => {
    const { bench, first, other, token } = await fleetOf({ mode });
    await bench.clock.advance(DAY);
    expect(await token(other)).toBe('GHL_PAUSED');
    expect(await token(first)).toBe('served');
    await bench.clock.advance(10 * S);
    expect(await token(other)).toBe('served');
  });
});

it('mode observe reports what it would have done, once in a while for each installation', async () => {
  const { bench, other, token } = await fleetOf({ mode: 'observe' });
  await bench.clock.advance(DAY);
  for (let times = 0; times < 5; times += 1) {
    await token(other);
    await bench.clock.advance(10 * S);
  }
  const reports = other.log.filter(({ message }) => message === 'Observed: a recovery would begin');
  expect(reports).toEqual([
    { level: 'info', message: expect.any(String), fields: { key: expect.any(String), would: 'refresh' } },
  ]);
});
