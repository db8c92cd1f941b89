import { messageOf } from '../errors/scrub.js';
import type { Pace } from '../highlevel/pace.js';
import type { Log } from '../logging/log.js';
import { inBulk } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import type { InstallationWorker } from './installation-worker.js';
import type { Entry, Job, Outcomes } from './job.js';
import type { JobStore } from './job-store.js';
import type { JobItem } from './job-types.js';
import { failureOf, resultOf, verdictOn, type Result } from './outcome.js';
import { Pieces, type Task } from './pieces.js';
import type { Shares } from './shares.js';

/** Everything that working on a job needs. */
export interface JobWorkParts {
  readonly store: JobStore;
  readonly worker: InstallationWorker;
  readonly pace: Pace;
  readonly shares: Shares;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

const BEAT_MS = 2_000;
const WAKE_MS = 250;
const MAX_ATTEMPTS = 4;
const AGAIN_MS = 1_000;
const MAX_AGAIN_MS = 30_000;
/** So many installations whose key pair is refused, with no success between: it is the key pair. */
const CLIENT_REFUSALS = 3;
/** How much work may be begun for a call per second: what waits for its turn waits with a lease in its hand. */
const SECONDS_AHEAD = 1;

/** This process's work on one job: takes pieces, works on their installations side by side, and keeps what became of each. */
export class JobWork {
  private readonly stopping = new AbortController();
  private readonly pieces: Pieces;
  private readonly active = new Set<Promise<void>>();
  /** Installations whose key pair was refused since the last success. */
  private readonly refused = new Set<Task>();

  constructor(
    private readonly parts: JobWorkParts,
    private job: Job,
  ) {
    const { store, clock, random } = parts;
    this.pieces = new Pieces(store, job.id, clock, random);
  }

  /** What this process has done of pieces that are not in the job's sum yet. */
  get uncounted(): Outcomes {
    return this.pieces.uncounted;
  }

  /** Ends after what is under way. */
  stop(): void {
    this.stopping.abort();
  }

  /** Works until the job is done, paused or cancelled, or this process stops. */
  async run(): Promise<void> {
    const { pace, shares } = this.parts;
    const disengage = pace.engage(this.job.callsPerSecond);
    const ended = new AbortController();
    try {
      await this.despiteTrouble(() => shares.enter());
      // The others have to make room first.
      if (shares.processes > 1) await this.sleep(BEAT_MS);
      const beating = this.beat(ended.signal);
      await this.loop();
      await Promise.all(this.active);
      ended.abort();
      await beating;
      await this.despiteTrouble(() => this.pieces.release());
    } finally {
      ended.abort();
      disengage();
      await this.despiteTrouble(() => shares.leave());
    }
  }

  private get isOn(): boolean {
    return !this.stopping.signal.aborted && this.job.state === 'running';
  }

  /** Installations that this process works on at the same time. */
  private get width(): number {
    const { pace, shares } = this.parts;
    const most = Math.floor(this.job.inFlight / shares.processes);
    return Math.max(1, Math.min(most, Math.floor(pace.rate * SECONDS_AHEAD)));
  }

  private async loop(): Promise<void> {
    const { pieces, active } = this;
    while (this.isOn) {
      await this.parts.pace.open(this.stopping.signal);
      const isAllDone = pieces.waiting < this.width && (await this.despiteTrouble(() => pieces.take()));
      if (isAllDone && active.size === 0) return this.finishJob();
      while (this.isOn && active.size < this.width) {
        const task = pieces.next();
        if (task === undefined) break;
        const work = this.attend(task).finally(() => active.delete(work));
        active.add(work);
      }
      await this.somethingToDo();
    }
  }

  /** Resolves when an installation is done, or it is time to look again. */
  private async somethingToDo(): Promise<void> {
    const waking = new AbortController();
    const timeout = this.parts.clock.sleep(WAKE_MS, waking);
    await Promise.race([...this.active, timeout]);
    waking.abort();
  }

  private async attend(task: Task): Promise<void> {
    const { clock, worker } = this.parts;
    const began = clock.monotonic();
    const { entry, claim } = task;
    if (claim.isLost) return this.pieces.drop(claim);
    if ('not' in entry) return this.keep(task, notAnInstallation(entry), began);
    const { clientId, ...ref } = entry;
    task.attempts += 1;
    try {
      const result = await inBulk(() => worker.work({ ref, clientId }, this.job.way, this.job.createdAt));
      this.refused.clear();
      await this.keep(task, result, began);
    } catch (error) {
      await this.despite(task, error, began);
    }
  }

  private async despite(task: Task, error: unknown, began: number): Promise<void> {
    const verdict = verdictOn(error);
    const { clientId: _, ...ref } = task.entry as Exclude<Entry, { not: string }>;
    if (verdict.kind === 'ended') return this.keep(task, failureOf(ref, verdict.outcome, error), began);
    if (verdict.kind === 'leave') return this.pieces.putBack(task, 0);
    if (verdict.kind === 'pause') return this.pauseFor(task, messageOf(error));
    if (verdict.kind === 'client') {
      this.refused.add(task);
      if (this.refused.size >= CLIENT_REFUSALS) return this.pauseFor(task, messageOf(error));
    }
    if (task.attempts < MAX_ATTEMPTS)
      return this.pieces.putBack(task, Math.min(MAX_AGAIN_MS, AGAIN_MS * 2 ** (task.attempts - 1)));
    await this.keep(task, failureOf(ref, verdict.kind === 'again' ? verdict.outcome : 'failed', error), began);
  }

  /** Nothing can be had for any installation: what is not done is done when the job is resumed. */
  private async pauseFor(task: Task, reason: string): Promise<void> {
    this.pieces.putBack(task, 0);
    if (!this.isOn) return;
    this.job = { ...this.job, state: 'paused' };
    this.parts.log.warn('A recovery job pauses', { job: this.job.id, reason });
    await this.despiteTrouble(() =>
      this.parts.store.changeJob(this.job.id, (job) =>
        job.state === 'running' ? { ...job, state: 'paused', reason } : job,
      ),
    );
  }

  private async keep(task: Task, result: Result, began: number): Promise<void> {
    const { clock } = this.parts;
    const ms = Math.round(clock.monotonic() - began);
    const item: JobItem = { ...result, at: new Date(clock.now()), ms };
    const isKept = (): Promise<true> => this.pieces.keep(task, item).then(() => true);
    while ((await this.despiteTrouble(isKept)) !== true && !this.stopping.signal.aborted) await this.sleep(AGAIN_MS);
  }

  private async finishJob(): Promise<void> {
    const { store, clock } = this.parts;
    await this.despiteTrouble(() =>
      store.changeJob(this.job.id, (job) =>
        job.state === 'running' ? { ...job, state: 'done', endedAt: clock.now() } : job,
      ),
    );
    this.stopping.abort();
  }

  /** Sees what others have made of the job, and keeps what is held. */
  private async beat(ended: AbortSignal): Promise<void> {
    const { store, shares, clock } = this.parts;
    while (!ended.aborted) {
      await this.despiteTrouble(async () => {
        await shares.beat();
        const kept = await store.findJob(this.job.id);
        if (kept === null) this.stop();
        else this.job = kept.body;
        await this.pieces.renew();
      });
      await clock.sleep(BEAT_MS, { signal: ended });
    }
  }

  private sleep(ms: number): Promise<void> {
    return this.parts.clock.sleep(ms, { signal: this.stopping.signal });
  }

  /** A store that fails for a while does not end the job. */
  private async despiteTrouble<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.parts.log.warn('A recovery job has trouble', { job: this.job.id, error: messageOf(error) });
      return undefined;
    }
  }
}

const notAnInstallation = ({ not, text }: Extract<Entry, { not: string }>): Result => ({
  ...resultOf(null, not),
  text,
});
