import { hasGoneBackwards, writeBack } from '../decision/reconcile.js';
import type { Installation } from '../installation/installation.js';
import type { Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import type { CredentialCache } from './credential-cache.js';
import type { Teller } from './teller.js';

/** Reads and writes installations for the rest of recovery: mends a store that went backwards, and has the host told. */
export class InstallationRegistry {
  constructor(
    private readonly store: InstallationStore,
    private readonly cache: CredentialCache,
    private readonly teller: Teller,
    private readonly log: Log,
  ) {}

  /** What is stored, or, where the store lost something that this process still holds, that, written back. */
  async look(place: Place): Promise<Stored | null> {
    for (;;) {
      const stored = await this.store.find(place.key);
      const held = this.cache.forPlace(place)?.stored.installation;
      if (held === undefined || !hasGoneBackwards(stored?.installation ?? null, held)) return stored;
      const repaired = await this.save(stored ?? { key: place.key, version: null, installation: held }, writeBack(stored?.installation ?? null, held));
      if (repaired !== null) {
        this.log.warn('The store had lost an installation that this instance still holds: written back', { key: place.key });
        return repaired;
      }
    }
  }

  /** What is stored, as it is. */
  find(key: string): Promise<Stored | null> {
    return this.store.find(key);
  }

  /** Saves if nothing else was saved since. @returns what is stored now, or `null` at a conflict */
  async save(stored: Stored, next: Installation): Promise<Stored | null> {
    const saved = await this.store.save(stored, next);
    if (saved !== null) this.teller.note(stored.installation, saved);
    return saved;
  }

  /**
   * Saves a change that is about the present credential, again and again while others write other things.
   * @returns what is stored now, or `null` where the credential has been replaced, or the lease is another's
   */
  async amend(stored: Stored, change: (installation: Installation) => Installation): Promise<Stored | null> {
    const credentialId = stored.installation.credential?.id;
    const leaseId = stored.installation.lease?.id;
    let current = stored;
    for (;;) {
      const saved = await this.save(current, change(current.installation));
      if (saved !== null) return current.installation.lease?.id === leaseId ? saved : null;
      const found = await this.find(stored.key);
      if (found === null || found.installation.state === 'uninstalled' || found.installation.credential?.id !== credentialId) return null;
      current = found;
    }
  }
}
