import { backOffMs } from '../decision/back-off.js';
import { mayStore } from '../decision/fence.js';
import { scrubError } from '../errors/scrub.js';
import type { Credential } from '../installation/credential.js';
import type { Installation } from '../installation/installation.js';
import type { Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import type { InstallationRegistry } from './installation-registry.js';

/** A new pair on its way into the store. */
export interface NewPair {
  readonly place: Place;
  /** The record as it was when the pair was asked for. */
  readonly from: Stored;
  readonly credential: Credential;
  /** Puts the pair into the installation as it is stored by then. */
  readonly adopt: (installation: Installation) => Installation;
  /** Whether the customer's own authorization stands behind it, which also lifts a tombstone. */
  readonly byCustomer?: boolean;
}

/** What became of a new pair. `dropped` only for a newer one, or because the place was uninstalled. */
export interface KeptPair {
  readonly stored: Stored;
  readonly outcome: 'saved' | 'unsaved' | 'dropped';
}

const QUICK_TRIES = 4;
const QUICK = { baseMs: 100, maxMs: 1_000 };
const SLOW = { baseMs: 1_000, maxMs: 30_000 };

/** Never throws a pair away: a store that fails is tried again, meanwhile the pair is held here and served from memory. */
export class PairKeeper {
  private readonly unsaved = new Map<string, NewPair>();
  private readonly saving = new Map<string, Promise<boolean>>();

  constructor(
    private readonly registry: InstallationRegistry,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly settings: { readonly random: () => number; readonly onSaved: (place: Place, stored: Stored) => void },
  ) {}

  /** Stores a pair, with bounded patience. What could not be stored is held and tried again in the background. */
  async keep(pair: NewPair): Promise<KeptPair> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.store(pair, failures > 1);
      } catch (error) {
        if (failures >= QUICK_TRIES) return this.hold(pair, error);
        await this.clock.sleep(backOffMs(failures, QUICK, this.settings.random()));
      }
    }
  }

  /** Whether a pair of this installation is still waiting to be stored: it must not be rotated before it is. */
  holds(key: string): boolean {
    return this.unsaved.has(key);
  }

  /** Tries to store a held pair now. @returns whether none is held any more */
  async flush(key: string): Promise<boolean> {
    const pair = this.unsaved.get(key);
    if (pair === undefined) return true;
    const underWay = this.saving.get(key);
    if (underWay !== undefined) return underWay;
    const work = this.store(pair, true)
      .then(
        ({ stored, outcome }) => {
          this.unsaved.delete(key);
          this.log.info('A pair that the store had not taken is stored now', { key, outcome });
          this.settings.onSaved(pair.place, stored);
          return true;
        },
        () => false,
      )
      .finally(() => this.saving.delete(key));
    this.saving.set(key, work);
    return work;
  }

  /** Tries to store everything that is held. @returns the keys of what still is */
  async flushAll(): Promise<readonly string[]> {
    await Promise.all([...this.unsaved.keys()].map((key) => this.flush(key)));
    return [...this.unsaved.keys()];
  }

  /** @param look whether an earlier attempt may have been stored although it failed */
  private async store(pair: NewPair, look: boolean): Promise<KeptPair> {
    let current: Stored | null = look ? null : pair.from;
    for (;;) {
      current ??= await this.registry.find(pair.place.key);
      if (current === null) {
        current = { key: pair.place.key, version: null, installation: pair.from.installation };
      } else if (current.installation.credential?.id === pair.credential.id) {
        return { stored: current, outcome: 'saved' };
      } else if (!pair.byCustomer && !mayStore(pair.credential, pair.from.installation, current.installation)) {
        return { stored: current, outcome: 'dropped' };
      }
      const saved: Stored | null = await this.registry.save(current, pair.adopt(current.installation));
      if (saved !== null) return { stored: saved, outcome: 'saved' };
      current = null;
    }
  }

  private hold(pair: NewPair, error: unknown): KeptPair {
    const { key } = pair.place;
    this.unsaved.set(key, pair);
    this.log.error('The store does not take a new pair. It is held in memory, and lost if this process ends before the store answers', {
      key,
      error: scrubError(error).message,
    });
    this.tryAgainLater(key, 1);
    return { stored: { ...pair.from, installation: pair.adopt(pair.from.installation) }, outcome: 'unsaved' };
  }

  private tryAgainLater(key: string, failures: number): void {
    this.alarms.set(backOffMs(failures, SLOW, this.settings.random()), () => {
      void this.flush(key).then((done) => {
        if (!done) this.tryAgainLater(key, failures + 1);
      });
    });
  }
}
