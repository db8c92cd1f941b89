import { backOffMs } from '../decision/back-off.js';
import type { LeftPair } from '../decision/left-pair.js';
import { scrubError } from '../errors/scrub.js';
import type { Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { Change, Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import type { Emergency } from './emergency.js';
import type { InstallationRegistry } from './installation-registry.js';

/** Something that was learnt at HighLevel and has to get into the store. */
export interface Outgoing {
  readonly place: Place;
  /** The record as it was last seen. */
  readonly from: Stored;
  readonly change: Change;
  /** For the log, such as "a new pair". */
  readonly what: string;
  /** Of a new pair: what must not be lost even if this process ends. */
  readonly pair?: Omit<LeftPair, 'installation'>;
}

/** What became of it: `pointless` where what is stored no longer has any use for it, or has it already. */
export interface Sent {
  readonly stored: Stored;
  readonly outcome: 'saved' | 'unsaved' | 'pointless';
}

/** Takes in what has got into the store at last. */
export type OnSent = (place: Place, stored: Stored) => void;

/** What the store has not taken yet, and the record as it would be. */
interface Held {
  readonly outgoing: Outgoing;
  readonly stored: Stored;
}

const QUICK_TRIES = 4;
/** So long the one who brings it waits for the store; then it is held, and served from memory. */
const QUICK_MS = 5_000;
const QUICK = { baseMs: 100, maxMs: 1_000 };
const SLOW = { baseMs: 1_000, maxMs: 30_000 };
const DRAIN_MS = 500;

/**
 * Gets what was learnt at HighLevel into the store, however often that fails: tried again quickly, then held in memory and
 * tried in the background. Until it is stored, the record as it would be answers for the installation.
 */
export class Outbox {
  private readonly held = new Map<string, Held>();
  private readonly sending = new Map<string, Promise<boolean>>();
  /** Pairs whose first tries are under way. */
  private readonly pairsOnTheirWay = new Set<Outgoing>();
  /** By key, what was learnt and is on its way here, or into the store. */
  private readonly arriving = new Map<string, Set<Promise<unknown>>>();
  private isStopped = false;

  constructor(
    private readonly registry: InstallationRegistry,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly emergency: Emergency,
    private readonly settings: {
      readonly random: () => number;
      readonly onSent: OnSent;
    },
  ) {}

  /** How many records wait for the store. */
  get size(): number {
    return this.held.size;
  }

  /** Stores it, with bounded patience. What could not be stored is held and tried again in the background. */
  async put(outgoing: Outgoing): Promise<Sent> {
    if (outgoing.pair !== undefined) this.pairsOnTheirWay.add(outgoing);
    const sent = this.expect(outgoing.place.key, () => this.tryQuickly(outgoing));
    return sent.finally(() => this.pairsOnTheirWay.delete(outgoing));
  }

  /** Whoever wants to spend what is stored under this key waits for work that brings something newer. */
  async expect<T>(key: string, work: () => Promise<T>): Promise<T> {
    const underWay = this.arriving.get(key) ?? new Set();
    this.arriving.set(key, underWay);
    const arrival = work();
    underWay.add(arrival);
    try {
      return await arrival;
    } finally {
      underWay.delete(arrival);
      if (underWay.size === 0) this.arriving.delete(key);
    }
  }

  /** Holds what another process could not store. @returns `false` where what is held has no use for it */
  takeIn(outgoing: Outgoing): boolean {
    const { key } = outgoing.place;
    const stored = this.asStored(outgoing);
    if (stored === null) return false;
    const isFirst = !this.held.has(key);
    this.held.set(key, { outgoing, stored });
    if (isFirst) this.tryAgainLater(key, 1);
    return true;
  }

  /** Whether something of a record waits for the store. */
  isHeld(key: string): boolean {
    return this.held.has(key);
  }

  private async tryQuickly(outgoing: Outgoing): Promise<Sent> {
    const began = this.clock.monotonic();
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.send(outgoing, failures > 1);
      } catch (error) {
        const isEnough = failures >= QUICK_TRIES || this.clock.monotonic() - began >= QUICK_MS;
        if (isEnough || this.isStopped) return this.hold(outgoing, error);
        await this.clock.sleep(backOffMs(failures, QUICK, this.settings.random()));
      }
    }
  }

  /** The record as it will be once the store takes what is held of it; `null` where nothing is held, or is any more. */
  async unsent(key: string): Promise<Stored | null> {
    const arriving = this.arriving.get(key);
    if (arriving !== undefined) await Promise.allSettled(arriving);
    if (!this.held.has(key)) return null;
    await this.flush(key);
    return this.held.get(key)?.stored ?? null;
  }

  /** Tries until everything that is held is stored or outlives this process, or {@link stop}. */
  async drain(): Promise<void> {
    while (!this.isStopped) {
      await Promise.all([...this.held.keys()].map((key) => this.flush(key)));
      if ([...this.held.keys()].every((key) => this.emergency.isSafe(key))) return;
      await this.clock.sleep(DRAIN_MS);
    }
  }

  /** Tries no more; what is on its way to the store goes to the emergency sink too. */
  stop(): void {
    this.isStopped = true;
    for (const outgoing of this.pairsOnTheirWay) {
      const stored = this.asStored(outgoing);
      if (stored !== null) this.leave(outgoing, stored);
    }
  }

  /** The keys of what is held. */
  keys(): readonly string[] {
    return [...this.held.keys()];
  }

  /** Tries to store what is held of a record now. @returns whether nothing of it is held any more */
  async flush(key: string): Promise<boolean> {
    const held = this.held.get(key);
    if (held === undefined) return true;
    const underWay = this.sending.get(key);
    if (underWay !== undefined) return underWay;
    const work = this.send(held.outgoing, true)
      .then(
        (sent) => this.settle(held, sent),
        () => false,
      )
      .finally(() => this.sending.delete(key));
    this.sending.set(key, work);
    return work;
  }

  private settle(held: Held, { stored, outcome }: Sent): boolean {
    const { place, what } = held.outgoing;
    this.log.info(`${what} that the store had not taken has been sent now`, { key: place.key, outcome });
    // Something newer may have come to be held meanwhile.
    if (this.held.get(place.key) !== held) return false;
    this.held.delete(place.key);
    this.emergency.release(place.key);
    if (stored.version !== null) this.settings.onSent(place, stored);
    return true;
  }

  /** @param look whether an earlier attempt may have been stored although it failed */
  private async send({ place, from, change }: Outgoing, look: boolean): Promise<Sent> {
    const nothing: Stored = { ...from, version: null };
    const seen = look ? ((await this.registry.find(place.key)) ?? nothing) : from;
    const { stored, isSaved } = await this.registry.change(seen, change);
    return { stored: stored ?? nothing, outcome: isSaved ? 'saved' : 'pointless' };
  }

  private hold(outgoing: Outgoing, error: unknown): Sent {
    const { place, from, what } = outgoing;
    const { key } = place;
    const before = this.held.get(key);
    const stored = this.asStored(outgoing);
    if (stored === null) return { stored: before?.stored ?? from, outcome: 'pointless' };
    this.held.set(key, { outgoing, stored });
    const isLeft = outgoing.pair !== undefined && this.emergency.store !== undefined;
    const until = isLeft ? 'and put into the emergency sink' : 'and lost if this process ends first';
    const cause = scrubError(error).message;
    this.log.error(`${what} is not taken by the store. It is held in memory, ${until}`, { key, error: cause });
    this.leave(outgoing, stored);
    if (before === undefined) this.tryAgainLater(key, 1);
    return { stored, outcome: 'unsaved' };
  }

  /** The record as it will be, on top of what is held of it already; `null` where that has no use for it. */
  private asStored({ place, from, change }: Outgoing): Stored | null {
    const before = this.held.get(place.key);
    const current = before?.stored ?? from;
    const next = change(before === undefined && from.version === null ? null : current.installation);
    return next === null ? null : { ...current, installation: next };
  }

  private leave({ place, pair }: Outgoing, { installation }: Stored): void {
    if (pair !== undefined) this.emergency.keep(place.key, { ...pair, installation });
  }

  private tryAgainLater(key: string, failures: number): void {
    this.alarms.set(backOffMs(failures, SLOW, this.settings.random()), () => {
      if (this.isStopped) return;
      void this.flush(key).then(() => {
        if (this.held.has(key)) this.tryAgainLater(key, failures + 1);
      });
    });
  }
}
