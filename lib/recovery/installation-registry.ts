import { hasGoneBackwards, writeBack } from '../decision/reconcile.js';
import type { Installation } from '../installation/installation.js';
import type { Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { Change, Changed, InstallationStore, Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { CredentialCache } from './credential-cache.js';
import type { Reopener } from './reopener.js';
import type { Teller } from './teller.js';

/** Reads and writes installations for the rest of recovery: mends a store that went backwards, and has the host told. */
export class InstallationRegistry {
  constructor(
    private readonly store: InstallationStore,
    private readonly cache: CredentialCache,
    private readonly teller: Teller,
    private readonly reopener: Reopener,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** What is stored, or, where the store lost something that this process still holds, that, written back. */
  async look(place: Place): Promise<Stored | null> {
    const stored = await this.store.find(place.key);
    if (stored !== null) this.teller.remind(stored, this.clock.now());
    const held = this.cache.forPlace(place)?.stored.installation;
    if (held === undefined || !hasGoneBackwards(stored?.installation ?? null, held)) return stored;
    const changed = await this.change(stored ?? { key: place.key, version: null, installation: held }, (found) =>
      hasGoneBackwards(found, held) ? writeBack(found, held, this.clock.now()) : null,
    );
    if (changed.isSaved) {
      const { key } = place;
      this.log.warn('The store had lost an installation that this instance still holds: written back', { key });
    }
    return changed.stored;
  }

  /** What this process has seen of it last, for who cannot look. */
  recall(place: Place): Stored | null {
    return this.cache.forPlace(place)?.stored ?? null;
  }

  /** What is stored, as it is. */
  find(key: string): Promise<Stored | null> {
    return this.store.find(key);
  }

  /** Saves if nothing else was saved since. @returns what is stored now, or `null` at a conflict */
  async save(stored: Stored, next: Installation): Promise<Stored | null> {
    const saved = await this.store.save(stored, next);
    if (saved !== null) this.note(stored.installation, saved);
    return saved;
  }

  /** Saves a change on top of whatever is stored, again while others write other things. */
  async change(from: Stored, change: Change): Promise<Changed> {
    const changed = await this.store.change(from, change);
    if (changed.isSaved && changed.stored !== null) this.note(changed.before, changed.stored);
    return changed;
  }

  private note(before: Installation | null, saved: Stored): void {
    this.teller.note(before, saved);
    this.reopener.note(before, saved);
  }
}
