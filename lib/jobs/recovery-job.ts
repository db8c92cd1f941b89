import { Observable } from 'rxjs';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { Clock } from '../time/clock.js';
import { isEnded, progressOf, type Job, type Outcomes } from './job.js';
import type { JobStore } from './job-store.js';
import type { JobProgress } from './job-types.js';
import { JobReport } from './report.js';

const LOOK_MS = 500;

/** What the handle needs of the process that made it. @internal */
export interface RecoveryJobParts {
  readonly store: JobStore;
  readonly clock: Clock;
  /** Works on the job in this process too, from now on. */
  work(job: Job): void;
  /** What this process has done that is not in the job's sum yet. */
  uncounted(id: string): Outcomes;
}

/** A recovery job: any process that takes part in it, or none, may hold such a handle. */
export class RecoveryJob {
  /** Made by the module. @internal */
  constructor(
    /** Names it for {@link ReconnectService.job}, and on the command line. */
    readonly id: string,
    private readonly parts: RecoveryJobParts,
  ) {}

  /** How far it is, again and again while somebody watches; completes when it is done or cancelled. For watching: a store that fails is an error. */
  get progress$(): Observable<JobProgress> {
    return new Observable((watcher) => {
      const unwatched = new AbortController();
      void (async () => {
        try {
          while (!unwatched.signal.aborted) {
            const progress = await this.progress();
            watcher.next(progress);
            if (isEnded(progress)) return watcher.complete();
            await this.parts.clock.sleep(LOOK_MS, { signal: unwatched.signal });
          }
        } catch (error) {
          watcher.error(error);
        }
      })();
      return () => unwatched.abort();
    });
  }

  /** How far it is. @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_CONFIG_INVALID`: it has been removed */
  async progress(): Promise<JobProgress> {
    return progressOf(await this.read(), this.parts.uncounted(this.id));
  }

  /** Resolves when it is done, cancelled or paused. @throws {GhlAuthError} as {@link progress} */
  async finished(): Promise<JobProgress> {
    for (;;) {
      const progress = await this.progress();
      if (isEnded(progress) || progress.state === 'paused') return progress;
      await this.parts.clock.sleep(LOOK_MS);
    }
  }

  /** What became of each installation up to now. @throws {GhlAuthError} as {@link progress} */
  async report(): Promise<JobReport> {
    return new JobReport(this.parts.store, await this.progress());
  }

  /** Stops it, on every instance, after what is under way. @throws {GhlAuthError} as {@link progress} */
  async pause(reason?: string): Promise<void> {
    await this.change((job) =>
      job.state === 'running' ? { ...job, state: 'paused', reason: reason?.slice(0, 200) ?? null } : job,
    );
  }

  /** Goes on where it was, in this process and in those that join. @throws {GhlAuthError} as {@link progress} */
  async resume(): Promise<void> {
    const job = await this.change((found) =>
      found.state === 'paused' ? { ...found, state: 'running', reason: null } : found,
    );
    if (job.state === 'running') this.parts.work(job);
  }

  /** Ends it after what is under way. What is done stays done. @throws {GhlAuthError} as {@link progress} */
  async cancel(): Promise<void> {
    const now = this.parts.clock.now();
    await this.change((job) => (isEnded(job) ? job : { ...job, state: 'cancelled', endedAt: now }));
  }

  private async read(): Promise<Job> {
    return (await this.parts.store.findJob(this.id))?.body ?? gone(this.id);
  }

  private async change(change: (job: Job) => Job): Promise<Job> {
    return (await this.parts.store.changeJob(this.id, change)) ?? gone(this.id);
  }
}

const gone = (id: string): never => {
  throw new GhlAuthError('GHL_CONFIG_INVALID', `There is no recovery job ${id}`);
};
