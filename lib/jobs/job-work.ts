import { messageOf } from '../errors/scrub.js';
import type { Pace } from '../highlevel/pace.js';
import { newId } from '../installation/credential.js';
import type { Log } from '../logging/log.js';
import { inBulk } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import { ChunkClaims, nameOf, type Claim } from './chunk-claims.js';
import type { InstallationWorker } from './installation-worker.js';
import { counting, outcomesOf, type Entry, type Job, type Outcomes } from './job.js';
import type { JobStore } from './job-store.js';
import type { JobItem } from './job-types.js';
import { failureOf, resultOf, verdictOn, type Result } from './outcome.js';
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

interface Task {
  readonly claim: Claim;
  readonly index: number;
  readonly entry: Entry;
  attempts: number;
  /** Not before (monotonic ms). */
  notBefore: number;
}

const BEAT_MS = 2_000;
const LOOK_MS = 1_000;
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
  private readonly claims: ChunkClaims;
  private readonly active = new Set<Promise<void>>();
  private readonly left = new Map<Claim, number>();
  private readonly done = new Map<Claim, Outcomes>();
  private queue: Task[] = [];
  private refusals = 0;
  private looksAgainAt = 0;

  constructor(
    private readonly parts: JobWorkParts,
    private job: Job,
  ) {
    const { store, clock, random } = parts;
    this.claims = new ChunkClaims(store, job.id, newId(), clock, random);
  }

  /** What this process has done of pieces that are not in the job's sum yet. */
  get uncounted(): Outcomes {
    const sum: Record<string, number> = {};
    for (const outcomes of this.done.values())
      for (const [name, count] of Object.entries(outcomes)) sum[name] = (sum[name] ?? 0) + count;
    return sum;
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
      await this.despiteTrouble(() => this.claims.release());
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
    const { clock, pace } = this.parts;
    while (this.isOn) {
      await pace.open(this.stopping.signal);
      const isAllDone = this.queue.length < this.width && (await this.fill());
      if (isAllDone && this.queue.length === 0 && this.active.size === 0) return this.finishJob();
      const now = clock.monotonic();
      while (this.isOn && this.active.size < this.width) {
        const index = this.queue.findIndex(({ notBefore }) => notBefore <= now);
        const [task] = index < 0 ? [] : this.queue.splice(index, 1);
        if (task === undefined) break;
        const work = this.attend(task).finally(() => this.active.delete(work));
        this.active.add(work);
      }
      await this.somethingToDo();
    }
  }

  /** Resolves when an installation is done, or it is time to look again. */
  private async somethingToDo(): Promise<void> {
    const waking = new AbortController();
    const timeout = this.parts.clock.sleep(LOOK_MS / 4, waking);
    await Promise.race([...this.active, timeout]);
    waking.abort();
  }

  /** Takes another piece, if there is one. @returns whether all are done */
  private async fill(): Promise<boolean> {
    const { clock } = this.parts;
    if (clock.monotonic() < this.looksAgainAt) return false;
    const taken = await this.despiteTrouble(() => this.claims.take());
    if (typeof taken === 'object') {
      // Whoever takes it when it has run out begins anew.
      if ((await this.despiteTrouble(() => this.begin(taken))) === undefined) this.claims.held.delete(taken);
      return false;
    }
    this.looksAgainAt = clock.monotonic() + LOOK_MS;
    return taken === 'all done' && this.claims.held.size === 0;
  }

  private async begin(claim: Claim): Promise<true> {
    const { entries } = claim.kept.body;
    const there = await this.parts.store.itemsOf(claim.kept.key);
    this.done.set(claim, outcomesOf([...there.values()]));
    const left = entries.flatMap((entry, index) =>
      there.has(index) ? [] : [{ claim, index, entry, attempts: 0, notBefore: 0 }],
    );
    this.left.set(claim, left.length);
    this.queue.push(...left);
    if (left.length === 0) await this.finish(claim);
    return true;
  }

  private async attend(task: Task): Promise<void> {
    const { clock, worker } = this.parts;
    const began = clock.monotonic();
    const { entry, claim } = task;
    if (claim.isLost) return this.drop(claim);
    if ('not' in entry) return this.keep(task, notAnInstallation(entry), began);
    const { clientId, ...ref } = entry;
    task.attempts += 1;
    try {
      const result = await inBulk(() => worker.work({ ref, clientId }, this.job.way, this.job.createdAt));
      this.refusals = 0;
      await this.keep(task, result, began);
    } catch (error) {
      await this.despite(task, error, began);
    }
  }

  private async despite(task: Task, error: unknown, began: number): Promise<void> {
    const verdict = verdictOn(error);
    const { clientId: _, ...ref } = task.entry as Exclude<Entry, { not: string }>;
    if (verdict.kind === 'ended') return this.keep(task, failureOf(ref, verdict.outcome, error), began);
    if (verdict.kind === 'leave') return this.putBack(task, 0);
    if (verdict.kind === 'pause') return this.pauseFor(task, messageOf(error));
    if (verdict.kind === 'client') {
      this.refusals += 1;
      if (this.refusals >= CLIENT_REFUSALS) return this.pauseFor(task, messageOf(error));
    }
    if (task.attempts < MAX_ATTEMPTS)
      return this.putBack(task, Math.min(MAX_AGAIN_MS, AGAIN_MS * 2 ** (task.attempts - 1)));
    await this.keep(task, failureOf(ref, verdict.kind === 'again' ? verdict.outcome : 'failed', error), began);
  }

  private putBack(task: Task, delayMs: number): void {
    task.notBefore = this.parts.clock.monotonic() + delayMs;
    this.queue.push(task);
  }

  /** Nothing can be had for any installation: what is not done is done when the job is resumed. */
  private async pauseFor(task: Task, reason: string): Promise<void> {
    this.putBack(task, 0);
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
    const { store, clock } = this.parts;
    const { claim, index } = task;
    const ms = Math.round(clock.monotonic() - began);
    const item: JobItem = { ...result, at: new Date(clock.now()), ms };
    while ((await this.despiteTrouble(() => store.addItem(claim.kept.key, index, item).then(() => true))) !== true) {
      if (this.stopping.signal.aborted) return;
      await this.sleep(AGAIN_MS);
    }
    const { outcome } = item;
    const before = this.done.get(claim) ?? {};
    this.done.set(claim, { ...before, [outcome]: (before[outcome] ?? 0) + 1 });
    const left = (this.left.get(claim) ?? 1) - 1;
    this.left.set(claim, left);
    if (left === 0) await this.finish(claim);
  }

  /** Into the job's sum first: who is killed between the two finds a piece in which everything is done, and counts it once. */
  private async finish(claim: Claim): Promise<void> {
    const { store } = this.parts;
    const work = async (): Promise<void> => {
      const outcomes = outcomesOf([...(await store.itemsOf(claim.kept.key)).values()]);
      await store.changeJob(this.job.id, (job) => counting(job, nameOf(claim), outcomes));
      await this.claims.finish(claim);
    };
    // What fails here is done by whoever takes the piece next.
    await this.despiteTrouble(work);
    this.drop(claim);
  }

  private drop(claim: Claim): void {
    this.queue = this.queue.filter((task) => task.claim !== claim);
    this.claims.held.delete(claim);
    this.left.delete(claim);
    this.done.delete(claim);
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
        await this.claims.renew();
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
