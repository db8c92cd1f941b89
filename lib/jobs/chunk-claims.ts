import { VersionWatch } from '../recovery/version-watch.js';
import type { Clock } from '../time/clock.js';
import { phaseOf, type Chunk } from './job.js';
import type { JobStore, Kept } from './job-store.js';

/** A piece that this process works on. */
export interface Claim {
  kept: Kept<Chunk>;
  /** When it was last written (monotonic ms). */
  at: number;
  /** Somebody else has taken it over: what is still to be done of it is theirs. */
  isLost: boolean;
}

export const nameOf = ({ kept: { key } }: Pick<Claim, 'kept'>): string => key.slice(key.lastIndexOf('/') + 1);

/** A piece whose holder has written nothing for so long is taken over. */
const TTL_MS = 12_000;
const RENEW_MS = 4_000;

/** The pieces of one job that this process holds, taken and given back through the conditional save. */
export class ChunkClaims {
  readonly held = new Set<Claim>();
  private readonly watched: VersionWatch;

  constructor(
    private readonly store: JobStore,
    private readonly jobId: string,
    private readonly holder: string,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {
    this.watched = new VersionWatch(clock);
  }

  /** Takes a piece that nobody works on. @returns `taken`, or whether there are others that are not done */
  async take(): Promise<Claim | 'none free' | 'all done'> {
    const open = await this.firstOpen();
    const first = open[0];
    if (first === undefined) return 'all done';
    const phase = phaseOf(nameOf({ kept: first }));
    const free = open.filter((kept) => phaseOf(nameOf({ kept })) === phase && this.isFree(kept));
    // Not all processes try for the same one.
    for (let left = free; left.length > 0;) {
      const [kept] = left.splice(Math.floor(this.random() * left.length), 1);
      const claim = kept && (await this.claim(kept));
      if (claim) return claim;
    }
    return 'none free';
  }

  /** Keeps what is held from being taken over. */
  async renew(): Promise<void> {
    const now = this.clock.monotonic();
    for (const claim of this.held) if (now - claim.at >= RENEW_MS) await this.write(claim, claim.kept.body);
  }

  /** Says that a piece is done. */
  async finish(claim: Claim): Promise<void> {
    await this.write(claim, { ...claim.kept.body, holder: null, isDone: true });
    this.held.delete(claim);
  }

  /** Gives back what is held, so that others need not wait until it runs out. */
  async release(): Promise<void> {
    for (const claim of this.held) {
      if (!claim.isLost) await this.write(claim, { ...claim.kept.body, holder: null });
      this.held.delete(claim);
    }
  }

  /** The first pieces that are not done: so many that one of them is free, if any is. */
  private async firstOpen(): Promise<Kept<Chunk>[]> {
    const open: Kept<Chunk>[] = [];
    for await (const kept of this.store.chunks(this.jobId, true)) {
      if (this.isOwn(kept)) continue;
      open.push(kept);
      if (open.length >= 20 && open.some((one) => this.isFree(one))) break;
    }
    return open;
  }

  private isOwn({ key }: Kept<Chunk>): boolean {
    return [...this.held].some(({ kept }) => kept.key === key);
  }

  private isFree({ key, version, body: { holder } }: Kept<Chunk>): boolean {
    return holder === null || this.watched.unchangedMs(key, version) >= TTL_MS;
  }

  private async claim(kept: Kept<Chunk>): Promise<Claim | null> {
    const claim: Claim = { kept, at: 0, isLost: false };
    await this.write(claim, { ...kept.body, holder: this.holder });
    if (claim.isLost) return null;
    this.watched.forget(kept.key);
    this.held.add(claim);
    return claim;
  }

  private async write(claim: Claim, body: Chunk): Promise<void> {
    const { kept } = claim;
    const version = await this.store.saveChunk(this.jobId, kept, body);
    if (version === null) {
      claim.isLost = true;
      this.held.delete(claim);
      return;
    }
    claim.kept = { ...kept, version, body };
    claim.at = this.clock.monotonic();
  }
}
