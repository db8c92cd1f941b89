import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  GhlAuthModule,
  InMemoryRepository,
  RefreshJob,
  TokenService,
  type GhlAuthOptions,
} from '../../../lib/index.js';
import { HighLevelSimulator, SimulatorTransport } from '../../../lib/testing.js';

const DAY = 86_400_000;
const simulator = new HighLevelSimulator();
const app = simulator.addApp();
let started: TestingModule | undefined;
afterEach(async () => {
  await started?.close();
  jest.useRealTimers();
});

const auth = (options: Partial<GhlAuthOptions> = {}): DynamicModule =>
  GhlAuthModule.forRoot({
    repository: { useClass: InMemoryRepository },
    transport: { useValue: new SimulatorTransport(simulator) },
    clock: { useValue: simulator.clock },
    clients: app.clients,
    redirectUri: app.redirectUris[0] as string,
    scopes: app.scopes,
    ...options,
  });

const warnings: string[] = [];
const logger = {
  log: () => undefined,
  error: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
  warn: (entry: unknown) => void warnings.push(String(entry)),
};

const start = async (...imports: (DynamicModule | (new () => unknown))[]): Promise<TestingModule> => {
  started = await Test.createTestingModule({ imports }).setLogger(logger).compile();
  return started.init();
};

@Injectable()
class HostJobs {
  ticks = { cron: 0, interval: 0 };

  @Cron('* * * * * *')
  onCron(): void {
    this.ticks.cron += 1;
  }

  @Interval(1_000)
  onInterval(): void {
    this.ticks.interval += 1;
  }
}
@Module({ providers: [HostJobs] })
class HostModule {}

describe('the refresh job', () => {
  it.each([
    ['before', () => [ScheduleModule.forRoot(), auth()]],
    ['after', () => [auth(), ScheduleModule.forRoot()]],
  ])("leaves the host's own jobs at one call a tick, with the scheduler %s it", async (_, imports) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const module = await start(...imports(), HostModule);
    await jest.advanceTimersByTimeAsync(5_000);
    const { cron, interval } = module.get(HostJobs, { strict: false }).ticks;
    expect(interval).toBe(5);
    expect(cron).toBe(5);
  });

  it('runs on the scheduler of the host, and is gone after the end of the application', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const module = await start(auth({ job: { intervalMs: 60_000 } }), ScheduleModule.forRoot());
    const runs = jest.spyOn(module.get(RefreshJob, { strict: false }), 'runOnce');
    await jest.advanceTimersByTimeAsync(5 * 66_000);
    expect(runs.mock.calls.length).toBeGreaterThanOrEqual(4);
    expect(module.get(SchedulerRegistry).getIntervals()).toHaveLength(1);
    await module.close();
    const before = runs.mock.calls.length;
    await jest.advanceTimersByTimeAsync(10 * 66_000);
    expect(runs.mock.calls).toHaveLength(before);
  });

  it('fails the start if it is on and there is no scheduler, with the line to add', async () => {
    await expect(start(auth({ job: { enabled: true } }))).rejects.toMatchObject({
      code: 'GHL_CONFIG_INVALID',
      message: expect.stringMatching(/job\.enabled.*ScheduleModule\.forRoot\(\)/),
    });
  });

  it('says once that it does not run, where nobody has decided', async () => {
    warnings.length = 0;
    await start(auth());
    expect(warnings.filter((text) => text.includes('refresh job'))).toHaveLength(1);
    warnings.length = 0;
    await started?.close();
    await start(auth({ job: { enabled: false } }));
    expect(warnings).toEqual([]);
  });

  it('is run by hand without a scheduler', async () => {
    const module = await start(auth({ job: { enabled: false } }));
    const { locationId } = simulator.addLocation();
    const { code } = simulator.installLocation(locationId);
    await simulator.clock.drive(module.get(TokenService, { strict: false }).exchangeCode(code));
    await simulator.clock.advance(DAY);
    const report = await simulator.clock.drive(module.get(RefreshJob, { strict: false }).runOnce({ limit: 10 }));
    const none = { failed: 0, paused: 0, postponed: 0, unreadable: 0 };
    expect(report).toEqual({ looked: 1, renewed: 1, ...none, complete: true });
  });
});
