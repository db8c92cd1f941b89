import { backOffMs } from '../decision/back-off.js';
import type { LeftPair } from '../decision/left-pair.js';
import { messageOf } from '../errors/scrub.js';
import type { Log } from '../logging/log.js';
import type { EmergencyStore } from '../storage/emergency-store.js';
import type { Alarms } from '../time/alarms.js';

const AGAIN = { baseMs: 1_000, maxMs: 60_000 };

/** What the sink has of a record, or is to have. */
interface Kept {
  /** Every entry of the sink that the record's being stored makes pointless. */
  readonly sinkKeys: readonly string[];
  /** Of the pair in the latest entry. */
  readonly credentialId: string | undefined;
  isSafe: boolean;
}

/**
 * New pairs that the store does not take, in the host's emergency sink as well: put there in the background, however often
 * that fails, and removed when they are stored. Never keeps anybody waiting who has a pair to serve.
 */
export class Emergency {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    /** `undefined`: the host has provided none, and nothing is kept. */
    readonly store: EmergencyStore | undefined,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly random: () => number,
  ) {}

  /** Has a pair put into the sink. */
  keep(key: string, left: LeftPair): void {
    const { store } = this;
    const credentialId = left.installation.credential?.id;
    const before = this.kept.get(key);
    if (store === undefined || before?.credentialId === credentialId) return;
    const sinkKey = store.newKey();
    const kept: Kept = { sinkKeys: [...(before?.sinkKeys ?? []), sinkKey], credentialId, isSafe: false };
    this.kept.set(key, kept);
    const work = this.put(store, key, sinkKey, left, kept).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Takes note of what was found in the sink and is held by this process from now on. */
  found(key: string, sinkKey: string, { installation }: LeftPair): void {
    const sinkKeys = [...(this.kept.get(key)?.sinkKeys ?? []), sinkKey];
    this.kept.set(key, { sinkKeys, credentialId: installation.credential?.id, isSafe: true });
  }

  /** Whether this process has put an entry there, or has taken note of it. */
  knows(sinkKey: string): boolean {
    return [...this.kept.values()].some(({ sinkKeys }) => sinkKeys.includes(sinkKey));
  }

  /** The record is stored: what the sink has of it is removed. */
  release(key: string): void {
    const { sinkKeys = [] } = this.kept.get(key) ?? {};
    this.kept.delete(key);
    for (const sinkKey of sinkKeys) void this.remove(sinkKey);
  }

  /** Whether what is held of a record outlives this process. */
  isSafe(key: string): boolean {
    return this.kept.get(key)?.isSafe === true;
  }

  /** Resolves when everything that was to be put there is. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private async put(store: EmergencyStore, key: string, sinkKey: string, left: LeftPair, kept: Kept): Promise<void> {
    for (let failures = 1; this.kept.get(key) === kept && !kept.isSafe; failures += 1) {
      try {
        await store.put(sinkKey, key, left);
        kept.isSafe = true;
      } catch (error) {
        this.complain('A new pair is neither in the store nor in the emergency sink', { key, failures }, error);
        await this.pause(failures);
      }
    }
    // Stored while it was on its way here.
    if (!this.kept.has(key)) await this.remove(sinkKey);
    else if (kept.isSafe) this.log.warn('A new pair that the store does not take is in the emergency sink', { key });
  }

  /** What stays although it is stored is looked at, found to be pointless and removed by the next look into the sink. */
  private async remove(sinkKey: string): Promise<void> {
    try {
      await this.store?.remove(sinkKey);
    } catch (error) {
      this.complain('What has been stored could not be removed from the emergency sink yet', { sinkKey }, error);
    }
  }

  private pause(failures: number): Promise<void> {
    return new Promise((resolve) => void this.alarms.set(backOffMs(failures, AGAIN, this.random()), resolve));
  }

  private complain(message: string, fields: Record<string, unknown>, error: unknown): void {
    this.log.error(message, { ...fields, error: messageOf(error) });
  }
}
