import { newId } from '../installation/credential.js';
import type { Pace } from '../highlevel/pace.js';
import { VersionWatch } from '../recovery/version-watch.js';
import type { Clock } from '../time/clock.js';
import type { JobStore } from './job-store.js';

/** Who has said nothing for so long takes part no more (ms). */
const SILENT_MS = 7_000;
/** And what it left behind is removed after so long. */
const GONE_MS = 60_000;

/**
 * Among how many processes the calls per second are shared. Each says now and then that it takes part; who falls silent leaves its
 * part to the others. One save per process and beat, whatever the number of calls.
 */
export class Shares {
  private readonly name = newId();
  private version: number | null = null;
  private readonly watched: VersionWatch;
  private count = 1;
  private works = 0;

  constructor(
    private readonly store: JobStore,
    private readonly pace: Pace,
    clock: Clock,
  ) {
    this.watched = new VersionWatch(clock);
  }

  /** How many take part, this one among them. */
  get processes(): number {
    return this.count;
  }

  /** This process works on one job more. */
  async enter(): Promise<void> {
    this.works += 1;
    await this.beat();
  }

  /** Says that this process takes part, and sees who else does. */
  async beat(): Promise<void> {
    const saved = await this.store.saveShare(this.name, this.version);
    // Somebody has removed it, or a save had come through whose answer was lost: then under its own version again.
    this.version = saved ?? (await this.own())?.version ?? null;
    let count = 0;
    for (const share of await this.store.shares()) {
      const silentMs = this.watched.unchangedMs(share.key, share.version);
      if (silentMs < SILENT_MS) count += 1;
      else if (silentMs > GONE_MS) await this.store.remove(share);
    }
    this.count = Math.max(1, count);
    this.pace.share(this.count);
  }

  /** Leaves its part to the others, unless it works on another job still. */
  async leave(): Promise<void> {
    this.works -= 1;
    if (this.works > 0) return;
    const own = await this.own();
    if (own !== undefined) await this.store.remove(own);
    this.version = null;
    this.count = 1;
    this.pace.share(1);
  }

  private async own(): Promise<{ readonly key: string; readonly version: number } | undefined> {
    return (await this.store.shares()).find(({ key }) => key.endsWith(`/${this.name}`));
  }
}
