import { backOffMs } from '../decision/back-off.js';
import { takeBack, type LeftPair } from '../decision/left-pair.js';
import { messageOf } from '../errors/scrub.js';
import { placeOf, type Place } from '../installation/installation-ref.js';
import { installationRefOf } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import { waitFor } from '../time/wait-for.js';
import type { Emergency } from './emergency.js';
import type { Outbox } from './outbox.js';

/** Everything that taking back needs. */
export interface TakeBackParts {
  readonly appId: string;
  readonly emergency: Emergency;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly random: () => number;
  /** So long a climb waits for a look into the sink. */
  readonly patienceMs: number;
}

/** Between two looks: an instance that died may have left something, and nobody may be started in its place. */
const LOOK_EVERY_MS = 300_000;
const AGAIN = { baseMs: 1_000, maxMs: LOOK_EVERY_MS };
/** So old a look may be where an unfinished rotation asks for one. */
const FRESH_MS = 2_000;
const AT_ONCE = 8;

/**
 * Takes back what this and other processes have left in the emergency sink, at the start and now and then: into the outbox,
 * which serves it, gets it into the store, and has it removed from the sink.
 */
export class TakeBack {
  /** Entries that this release cannot read. */
  private readonly leftAlone = new Set<string>();
  private looking: Promise<void> | null = null;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private callOff: () => void = () => undefined;
  private isStopped = false;

  constructor(private readonly parts: TakeBackParts) {}

  /** Begins to look into the sink, where the host has provided one. Nobody waits for it. */
  start(): void {
    if (this.parts.emergency.store !== undefined && !this.isStopped) void this.look();
  }

  /** Looks no more. */
  stop(): void {
    this.isStopped = true;
    this.callOff();
  }

  /**
   * Before a credential is spent: waits, bounded, for the first look into the sink; and for a fresh one where somebody else has
   * begun to spend it, who may have left its successor there.
   * @returns whether something of the installation is held now
   */
  async hasBrought({ key }: Place, isUnfinished: boolean): Promise<boolean> {
    const { emergency, outbox, alarms, clock, patienceMs } = this.parts;
    const isFirst = this.lookedAt === Number.NEGATIVE_INFINITY;
    const isStale = clock.monotonic() - this.lookedAt >= FRESH_MS && this.failures === 0;
    if (emergency.store !== undefined && !this.isStopped && (isFirst || (isUnfinished && isStale))) {
      const onTimeout = (): Error => new Error('a look into the emergency sink takes too long');
      await waitFor(this.look(), alarms, { limitMs: patienceMs, onTimeout }).catch(() => undefined);
    }
    return outbox.isHeld(key);
  }

  /** Looks once; who comes meanwhile joins. */
  private look(): Promise<void> {
    this.callOff();
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = null;
      this.lookedAt = this.parts.clock.monotonic();
      this.lookAgainLater();
    });
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const { emergency, outbox, log } = this.parts;
    const taken: string[] = [];
    try {
      const sinkKeys = (await emergency.store?.list()) ?? [];
      const isNew = (sinkKey: string): boolean => !emergency.knows(sinkKey) && !this.leftAlone.has(sinkKey);
      const problems = await this.each(sinkKeys.filter(isNew), async (sinkKey) => {
        const key = await this.take(sinkKey);
        if (key !== null) taken.push(key);
      });
      if (problems.length > 0) throw problems[0];
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      log.error('What other processes have left in the emergency sink cannot be taken back yet', {
        failures: this.failures,
        error: messageOf(error),
      });
    }
    void this.each(taken, async (key) => void (await outbox.flush(key)));
  }

  /** @returns the key of the record of which something is held now */
  private async take(sinkKey: string): Promise<string | null> {
    const { emergency, outbox, log } = this.parts;
    const found = await emergency.store?.get(sinkKey);
    if (found === null || found === undefined || emergency.knows(sinkKey)) return null;
    const place = 'left' in found ? this.placeOf(found.recordKey, found.left) : null;
    if (!('left' in found) || place === null) {
      const problem = 'unreadable' in found ? found.unreadable : 'it is about another record than it says';
      this.leftAlone.add(sinkKey);
      log.error('An entry of the emergency sink was left untouched', { sinkKey, problem });
      return null;
    }
    const { left } = found;
    const isOfUse = outbox.takeIn({
      place,
      from: { key: place.key, version: null, installation: left.installation },
      change: (stored) => takeBack(stored, left, this.parts.clock.now()),
      what: 'A pair of the emergency sink',
    });
    // Otherwise what is held is newer; the entry is looked at again when that is stored.
    if (!isOfUse) return null;
    emergency.found(place.key, sinkKey, left);
    return place.key;
  }

  private placeOf(recordKey: string, { installation }: LeftPair): Place | null {
    try {
      const place = placeOf(this.parts.appId, installationRefOf(installation));
      return place.key === recordKey ? place : null;
    } catch {
      return null;
    }
  }

  /** Does the same for each key, a few at a time. @returns what was thrown */
  private async each(keys: readonly string[], work: (key: string) => Promise<void>): Promise<unknown[]> {
    const waiting = [...keys];
    const problems: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined && !this.isStopped; key = waiting.shift())
        await work(key).catch((error: unknown) => problems.push(error));
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, worker));
    return problems;
  }

  private lookAgainLater(): void {
    if (this.isStopped) return;
    const { alarms, random } = this.parts;
    const usual = LOOK_EVERY_MS * (0.9 + random() / 5);
    const delayMs = this.failures === 0 ? usual : backOffMs(this.failures, AGAIN, random());
    this.callOff = alarms.set(delayMs, () => void this.look());
  }
}
