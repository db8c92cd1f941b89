import { newId } from '../installation/credential.js';
import type { Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { InstallationRegistry } from './installation-registry.js';

/**
 * Leases on records, taken through the conditional save. They save work and guarantee nothing: the fence is the credential.
 * Machines' clocks are not compared: a lease has run out when this process has seen the same version of the record
 * for a whole time to live.
 */
export class Leases {
  private readonly mine = new Map<string, string>();
  private readonly watched = new Map<string, { readonly version: number | null; readonly since: number }>();

  constructor(
    private readonly registry: InstallationRegistry,
    private readonly clock: Clock,
    private readonly ttlMs: number,
  ) {}

  /** Whether nobody else holds the record, as far as this process can tell. */
  isFree({ key, version, installation: { lease } }: Stored): boolean {
    if (lease === null || lease.id === this.mine.get(key)) {
      this.watched.delete(key);
      return true;
    }
    const seen = this.watched.get(key);
    const now = this.clock.monotonic();
    if (seen === undefined || seen.version !== version) {
      this.watched.set(key, { version, since: now });
      return false;
    }
    return now - seen.since >= this.ttlMs;
  }

  /** Takes the lease. @returns the record with it, or `null` where somebody else was faster */
  async take(stored: Stored): Promise<Stored | null> {
    const id = newId();
    this.mine.set(stored.key, id);
    const held = await this.registry.save(stored, { ...stored.installation, lease: { id, at: this.clock.now() } });
    if (held === null) this.mine.delete(stored.key);
    else this.watched.delete(stored.key);
    return held;
  }

  /** Forgets a lease that has been released with the record's latest save. */
  forget(key: string): void {
    this.mine.delete(key);
    this.watched.delete(key);
  }
}
