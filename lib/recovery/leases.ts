import { newId } from '../installation/credential.js';
import type { Installation } from '../installation/installation.js';
import type { Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import { BoundedMap } from './bounded-map.js';
import type { InstallationRegistry } from './installation-registry.js';
import { VersionWatch } from './version-watch.js';

const MAX_REMEMBERED = 10_000;

interface Own {
  readonly id: string;
  /** When it was last written, on this process's monotonic time. */
  readonly at: number;
}

/**
 * Leases on records, taken, renewed and released through the conditional save. They save work and guarantee nothing: the
 * fence is the credential. Machines' clocks are not compared: a lease has run out when this process has seen the same
 * version of the record for a whole time to live.
 */
export class Leases {
  private readonly mine = new BoundedMap<Own>(MAX_REMEMBERED);
  private readonly watched: VersionWatch;

  constructor(
    private readonly registry: InstallationRegistry,
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly callLimitMs: number,
  ) {
    this.watched = new VersionWatch(clock);
  }

  /** Whether nobody else holds the record, as far as this process can tell. */
  isFree({ key, version, installation: { lease } }: Stored): boolean {
    if (lease === null || lease.id === this.mine.get(key)?.id) {
      this.watched.forget(key);
      return true;
    }
    return this.watched.unchangedMs(key, version) >= this.ttlMs;
  }

  /** Takes the lease. @returns the record with it, or `null` where somebody else was faster */
  async take(stored: Stored): Promise<Stored | null> {
    const id = newId();
    // Remembered before it is certain: a save that fails may have been stored, and the lease is ours then.
    this.remember(stored.key, id);
    const held = await this.registry.save(stored, { ...stored.installation, lease: { id, at: this.clock.now() } });
    if (held === null) this.mine.delete(stored.key);
    else this.watched.forget(stored.key);
    return held;
  }

  /**
   * Saves a change while the lease is ours, whatever others write beside it.
   * @returns the record as it is stored now; `null` where it was taken over, replaced or removed, or the change is pointless
   */
  async amend(held: Stored, change: (installation: Installation) => Installation | null): Promise<Stored | null> {
    const { stored, isSaved } = await this.registry.change(held, (found) =>
      found !== null && isSameTenure(found, held.installation) ? change(found) : null,
    );
    if (!isSaved) return null;
    if (stored?.installation.lease) this.remember(held.key, stored.installation.lease.id);
    return stored;
  }

  /** Keeps the lease from running out during a call to HighLevel. @returns `null` where it is lost */
  async renew(held: Stored): Promise<Stored | null> {
    const { lease } = held.installation;
    const own = this.mine.get(held.key);
    if (lease === null) return held;
    if (own?.id === lease.id && this.clock.monotonic() - own.at < this.ttlMs - this.callLimitMs) return held;
    return this.amend(held, (installation) => ({ ...installation, lease: { ...lease, at: this.clock.now() } }));
  }

  /** Forgets a lease that has been released with the record's latest save. */
  forget(key: string): void {
    this.mine.delete(key);
    this.watched.forget(key);
  }

  private remember(key: string, id: string): void {
    this.mine.set(key, { id, at: this.clock.monotonic() });
  }
}

/** Whether a record is still what its holder took the lease on. */
export const isSameTenure = (found: Installation, held: Installation): boolean =>
  found.lease?.id === held.lease?.id && found.credential?.id === held.credential?.id && found.state !== 'uninstalled';
