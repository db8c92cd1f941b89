import type { ModuleRef } from '@nestjs/core';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { configInvalid } from '../config/config-problem.js';
import type { Engine } from '../engine.js';
import type { SweepOptions, SweepReport } from '../recovery/sweeper.js';

/** As much of `SchedulerRegistry` of `@nestjs/schedule` as is needed. */
interface Scheduler {
  addInterval(name: string, intervalId: unknown): void;
  addTimeout(name: string, timeoutId: unknown): void;
}

const NO_SCHEDULER =
  'option job.enabled is true, but there is no scheduler: add ScheduleModule.forRoot() of @nestjs/schedule to the imports of your ' +
  'root module, or set job.enabled to false and call RefreshJob.runOnce() from a job of your own';

/**
 * The scheduled refresh job: renews what is due before it expires, tries again what is in trouble, looks slowly at suspended places,
 * and tells the listener what it has not been told yet. Runs on the host's own `ScheduleModule`; {@link runOnce} needs none.
 */
export class RefreshJob implements OnApplicationBootstrap {
  private readonly stopping = new AbortController();
  private timers: (() => void)[] = [];

  /** Made by the module. @internal */
  constructor(
    private readonly engine: Engine,
    private readonly modules: Pick<ModuleRef, 'get'>,
    /** Tells the timers of several registrations apart. */
    private readonly name: string,
  ) {}

  /**
   * Works on what is due now, once. A run that is under way in this process is joined, not doubled; several instances
   * may run at the same time.
   * @throws {GhlAuthError} `GHL_STORE_FAILED` where the repository cannot list what is due
   */
  runOnce(options: SweepOptions = {}): Promise<SweepReport> {
    const signal = options.signal ? AbortSignal.any([options.signal, this.stopping.signal]) : this.stopping.signal;
    return this.engine.sweeper.run({ ...options, signal });
  }

  /** Nest calls it: puts the job on the host's scheduler. @throws {GhlAuthError} `GHL_CONFIG_INVALID` where `job.enabled` is set and there is none */
  async onApplicationBootstrap(): Promise<void> {
    const { isJobEnabled, mode } = this.engine.settings;
    if (isJobEnabled === false || mode === 'off') return;
    const scheduler = await this.findScheduler();
    if (scheduler !== null) this.schedule(scheduler);
    else if (isJobEnabled === true) throw configInvalid([NO_SCHEDULER]);
    else
      this.engine.log.warn(
        'The refresh job does not run: there is no ScheduleModule.forRoot(). Set job.enabled to false if that is intended',
      );
  }

  /** Starts no further run. @internal */
  stop(): void {
    this.stopping.abort();
    for (const clear of this.timers) clear();
    this.timers = [];
  }

  /** The first run comes at any moment within the first interval, so that instances that start together do not sweep together. */
  private schedule(scheduler: Scheduler): void {
    const intervalMs = this.engine.settings.job.intervalMs * (0.9 + Math.random() / 5);
    const first = setTimeout(() => {
      const interval = setInterval(() => this.tick(), intervalMs);
      this.timers.push(() => clearInterval(interval));
      scheduler.addInterval(`${this.name}:interval`, interval);
      this.tick();
    }, intervalMs * Math.random());
    this.timers.push(() => clearTimeout(first));
    scheduler.addTimeout(`${this.name}:first`, first);
  }

  private tick(): void {
    if (!this.stopping.signal.aborted)
      this.engine
        .joinJobs()
        .catch((error: Error) => this.engine.log.warn('A recovery job could not be joined', { error: error.message }));
    this.runOnce().then(
      ({ looked, renewed, failed, paused }) => {
        if (looked > 0) this.engine.log.debug('The refresh job has run', { looked, renewed, failed, paused });
      },
      (error: Error) => this.engine.log.error('The refresh job could not run', { error: error.message }),
    );
  }

  /** The host's registry: `@nestjs/schedule` may not be installed, and this package must not bring a second one. */
  private async findScheduler(): Promise<Scheduler | null> {
    try {
      const { SchedulerRegistry } = await import('@nestjs/schedule');
      return this.modules.get<Scheduler>(SchedulerRegistry, { strict: false });
    } catch {
      return null;
    }
  }
}
