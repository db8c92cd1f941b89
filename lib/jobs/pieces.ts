import { newId } from '../installation/credential.js';
import type { Clock } from '../time/clock.js';
import { ChunkClaims, nameOf, type Claim } from './chunk-claims.js';
import { counting, outcomesOf, sumOf, type Entry, type Outcomes } from './job.js';
import type { JobStore } from './job-store.js';
import type { JobItem } from './job-types.js';

/** One entry of a piece, still to be worked on. */
export interface Task {
  readonly claim: Claim;
  readonly index: number;
  readonly entry: Entry;
  /** How often it was tried. */
  attempts: number;
  /** Not before (monotonic ms). */
  notBefore: number;
}

/** What is known of a piece while this process works on it. */
interface Piece {
  left: number;
  outcomes: Outcomes;
}

const LOOK_MS = 1_000;

/** The pieces of a job that this process holds, and what is still to be done of them. */
export class Pieces {
  private readonly claims: ChunkClaims;
  private readonly held = new Map<Claim, Piece>();
  private queue: Task[] = [];
  private looksAgainAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: JobStore,
    private readonly jobId: string,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.claims = new ChunkClaims(store, jobId, newId(), clock, random);
  }

  /** Entries that nobody works on yet. */
  get waiting(): number {
    return this.queue.length;
  }

  /** What is done of pieces that are not in the job's sum yet. */
  get uncounted(): Outcomes {
    return [...this.held.values()].reduce<Outcomes>((sum, { outcomes }) => sumOf(sum, outcomes), {});
  }

  /** Takes another piece, if there is one. @returns whether all of the job are done */
  async take(): Promise<boolean> {
    if (this.clock.monotonic() < this.looksAgainAt) return false;
    const taken = await this.claims.take();
    if (typeof taken === 'object') await this.begin(taken);
    else this.looksAgainAt = this.clock.monotonic() + LOOK_MS;
    return taken === 'all done' && this.held.size === 0;
  }

  /** The next entry that may be tried now. */
  next(): Task | undefined {
    const now = this.clock.monotonic();
    const index = this.queue.findIndex(({ notBefore }) => notBefore <= now);
    return index < 0 ? undefined : this.queue.splice(index, 1)[0];
  }

  putBack(task: Task, delayMs: number): void {
    task.notBefore = this.clock.monotonic() + delayMs;
    this.queue.push(task);
  }

  /** Keeps what became of an entry. @throws {GhlAuthError} `GHL_STORE_FAILED`: then once more */
  async keep({ claim, index }: Task, item: JobItem): Promise<void> {
    await this.store.addItem(claim.kept.key, index, item);
    const piece = this.held.get(claim);
    if (piece === undefined) return;
    piece.outcomes = sumOf(piece.outcomes, { [item.outcome]: 1 });
    piece.left -= 1;
    if (piece.left === 0) await this.finish(claim);
  }

  /** Leaves a piece to whoever has taken it over, or takes it when it has run out. */
  drop(claim: Claim): void {
    this.queue = this.queue.filter((task) => task.claim !== claim);
    this.claims.held.delete(claim);
    this.held.delete(claim);
  }

  /** Keeps what is held from being taken over. */
  renew(): Promise<void> {
    return this.claims.renew();
  }

  /** Gives back what is held. */
  release(): Promise<void> {
    return this.claims.release();
  }

  private async begin(claim: Claim): Promise<void> {
    try {
      const there = await this.store.itemsOf(claim.kept.key);
      const tasks = claim.kept.body.entries.flatMap((entry, index) =>
        there.has(index) ? [] : [{ claim, index, entry, attempts: 0, notBefore: 0 }],
      );
      this.held.set(claim, { left: tasks.length, outcomes: outcomesOf([...there.values()]) });
      this.queue.push(...tasks);
      if (tasks.length === 0) await this.finish(claim);
    } catch (error) {
      this.drop(claim);
      throw error;
    }
  }

  /** Into the job's sum first: who is killed between the two finds a piece in which everything is done, and counts it once. */
  private async finish(claim: Claim): Promise<void> {
    try {
      const outcomes = outcomesOf([...(await this.store.itemsOf(claim.kept.key)).values()]);
      await this.store.changeJob(this.jobId, (job) => counting(job, nameOf(claim), outcomes));
      await this.claims.finish(claim);
    } finally {
      this.drop(claim);
    }
  }
}
