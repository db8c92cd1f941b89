import { configInvalid } from '../config/config-problem.js';
import type { Settings } from '../config/settings.js';
import { messageOf } from '../errors/scrub.js';
import type { Pace } from '../highlevel/pace.js';
import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import { isEnded, newJob, progressOf, type Job } from './job.js';
import { JobWork } from './job-work.js';
import type { InstallationWorker } from './installation-worker.js';
import type { JobStore } from './job-store.js';
import type { JobProgress, JobSelection, RecoveryJobOptions } from './job-types.js';
import { assertReconnect, checkOptions, jobId } from './options.js';
import { plan } from './planner.js';
import { RecoveryJob } from './recovery-job.js';
import { describe, entriesOf, type Sources } from './selection.js';
import { Shares } from './shares.js';

/** Everything that recovery jobs need. */
export interface JobsParts {
  readonly settings: Pick<Settings, 'rungs'>;
  readonly store: JobStore;
  readonly sources: Sources;
  readonly worker: InstallationWorker;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

const KEPT_MS = 30 * 86_400_000;

/** Ended so long ago, or begun so long ago by a process that died before it had listed what is selected. */
const isOver = (job: Job, now: number): boolean =>
  (isEnded(job) || job.state === 'planning') && now - (job.endedAt ?? job.createdAt) > KEPT_MS;

/** Recovery jobs: begins them, finds them, and works on them together with the other processes of the fleet. */
export class Jobs {
  private readonly underWay = new Map<string, { readonly work: JobWork; readonly ended: Promise<void> }>();
  private readonly shares: Shares;
  private isClosing = false;

  constructor(private readonly parts: JobsParts) {
    const { store, pace, clock } = parts;
    this.shares = new Shares(store, pace, clock);
  }

  /**
   * Lists what is selected, and begins. A job over the same selection that is under way is joined, not doubled.
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, `GHL_STORE_FAILED`, and what a company's locations cannot be listed with
   */
  async start(selection: JobSelection, options: RecoveryJobOptions): Promise<RecoveryJob> {
    const { store, clock, sources } = this.parts;
    const checked = checkOptions(selection, options);
    const words = describe(selection);
    if (checked.way === 'reconnect') assertReconnect(this.parts.settings);
    const same = selection.from === 'ids' ? null : await this.findOpen(words, checked.way);
    if (same !== null) {
      this.work(same);
      return this.handle(same.id);
    }
    void this.forgetOld();
    const job = newJob(jobId(clock.now()), { ...checked, selection: words }, clock.now());
    if (!(await store.addJob(job))) return this.start(selection, options);
    try {
      const total = await plan(store, job.id, entriesOf(selection, sources));
      if (options.expect !== undefined && options.expect !== total)
        throw configInvalid([`${total} installations are selected, and expect is ${options.expect}: nothing was done`]);
      // Another terminal was faster.
      const faster = selection.from === 'ids' ? null : await this.findOpen(words, checked.way);
      if (faster !== null) await this.giveUp(job.id, `the same as ${faster.id}`);
      else await this.begin(job.id, total);
      return this.handle(faster?.id ?? job.id);
    } catch (error) {
      await this.giveUp(job.id, messageOf(error));
      throw error;
    }
  }

  /** A job by its id, or `null`. */
  async find(id: string): Promise<RecoveryJob | null> {
    return (await this.parts.store.findJob(id)) === null ? null : this.handle(id);
  }

  /** All jobs, oldest first. */
  async list(): Promise<JobProgress[]> {
    const all: JobProgress[] = [];
    for await (const job of this.parts.store.jobs()) all.push(progressOf(job));
    return all;
  }

  /** Works on whatever job is under way anywhere in the fleet. */
  async join(): Promise<void> {
    for await (const job of this.parts.store.jobs(true)) this.work(job);
  }

  /** Begins nothing further, and waits for what is under way. */
  async close(): Promise<void> {
    this.isClosing = true;
    for (const { work } of this.underWay.values()) work.stop();
    await Promise.all([...this.underWay.values()].map(({ ended }) => ended));
  }

  private async begin(id: string, total: number): Promise<void> {
    const { store, clock } = this.parts;
    const next = total === 0 ? { state: 'done' as const, endedAt: clock.now() } : { state: 'running' as const };
    // Cancelled meanwhile, it stays so.
    const job = await store.changeJob(id, (found) =>
      found.state === 'planning' ? { ...found, total, ...next } : { ...found, total },
    );
    if (job?.state === 'running') this.work(job);
  }

  private async giveUp(id: string, reason: string): Promise<void> {
    const { store, clock } = this.parts;
    const cancelled = { state: 'cancelled' as const, endedAt: clock.now(), reason: reason.slice(0, 200) };
    await store.changeJob(id, (job) => ({ ...job, ...cancelled })).catch(() => undefined);
  }

  private async findOpen(words: string, way: Job['way']): Promise<Job | null> {
    for await (const job of this.parts.store.jobs(true)) if (job.selection === words && job.way === way) return job;
    return null;
  }

  private work(job: Job): void {
    if (this.isClosing || this.underWay.has(job.id)) return;
    const work = new JobWork({ ...this.parts, shares: this.shares }, job);
    const ended = work
      .run()
      .catch((error: unknown) => this.parts.log.error('A recovery job ended', { job: job.id, error: messageOf(error) }))
      .finally(() => this.underWay.delete(job.id));
    this.underWay.set(job.id, { work, ended });
  }

  private handle(id: string): RecoveryJob {
    const { store, clock } = this.parts;
    return new RecoveryJob(id, {
      store,
      clock,
      work: (job) => this.work(job),
      uncounted: (of) => this.underWay.get(of)?.work.uncounted ?? {},
    });
  }

  /** What ended long ago is removed, as well as can be. */
  private async forgetOld(): Promise<void> {
    const { store, clock } = this.parts;
    try {
      for await (const job of store.jobs()) if (isOver(job, clock.now())) await store.removeJob(job.id);
    } catch {
      // The next job tries again.
    }
  }
}
