import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Interval, ScheduleModule, Timeout } from '@nestjs/schedule';
import { Desk } from './support/desk.js';

const ran: string[] = [];

/** A module of the host's with jobs. */
@Injectable()
class HostsJobs {
  @Timeout(0)
  once(): void {
    ran.push('timeout');
  }

  @Interval(1)
  often(): void {
    ran.push('interval');
  }
}

@Module({ providers: [HostsJobs] })
class HostsModule {}

describe('the command beside the application', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  it('calls no listener, and leaves what it changes to be told by the application', async () => {
    const listener = { onInstallationChange: jest.fn<() => void>() };
    desk.host = { listener: { useValue: listener }, emitEvents: true };
    const locationId = await desk.location();
    await desk.backend.teller.settled();
    desk.simulator.invalidateAll();
    desk.simulator.setReconnect('removed');
    expect(await desk.run(`drill ${locationId} --yes`)).toMatchObject({ code: 3 });
    expect(listener.onInstallationChange).not.toHaveBeenCalled();
    expect(await desk.untold(locationId)).toEqual(['needs_reauthorization']);
    await desk.backend.sweeper.run();
    await desk.backend.teller.settled();
    expect(desk.told.at(-1)).toMatchObject({ to: 'needs_reauthorization', installation: { locationId } });
  });

  it('starts neither the refresh job nor any job of the modules that the host imports', async () => {
    const job = { enabled: true, intervalMs: 1_000 };
    desk.host = { imports: [ScheduleModule.forRoot(), HostsModule], job, timeouts: { highLevelMs: 100 } };
    await desk.location();
    // Due, and the command runs for long enough for a job to begin.
    await desk.clock.advance(23.9 * 3_600_000);
    desk.simulator.outage('hang', { path: '/' });
    const mark = desk.simulator.ledger.mark();
    expect(await desk.run('doctor')).toMatchObject({ code: 1 });
    expect(ran).toEqual([]);
    expect(desk.simulator.ledger.since(mark).rotations()).toEqual([]);
  });

  it('closes what the host has opened, also after a failure', async () => {
    await desk.run('list');
    expect(desk.closed).toBe(1);
    desk.host = { repository: { useFactory: () => Promise.reject(new Error('no database')) } };
    expect(await desk.run('list')).toMatchObject({ code: 1, err: expect.stringContaining('no database') });
    expect(desk.closed).toBe(2);
  });

  it('keeps quiet about what the module logs, unless asked or in trouble', async () => {
    const locationId = await desk.location();
    expect((await desk.run(`drill ${locationId} --yes`)).err).toBe('');
    await desk.clock.advance(60_000);
    const { out, err } = await desk.run(`drill ${locationId} --yes --verbose`);
    expect(err).toContain('[info] Recovered');
    expect(out).not.toContain('Recovered');
  });
});
