import type { Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';

/**
 * Comes back to rotations that another process has begun, in case it does not live to finish them: HighLevel repeats its
 * answer for a short time only, and the next run of the sweep would be too late.
 */
export class UnfinishedRotations {
  private readonly watched = new Set<string>();

  constructor(
    private readonly alarms: Alarms,
    private readonly lease: { readonly ttlMs: number; readonly lookIntervalMs: number },
  ) {}

  /** Looks again when the lease has run out, until nobody is rotating any more. A look that fails is left to the next sweep. */
  watch({ key, installation: { mark, lease } }: Stored, look: () => Promise<Stored>): void {
    if (mark === null || lease === null || this.watched.has(key)) return;
    this.watched.add(key);
    this.alarms.set(this.lease.ttlMs + this.lease.lookIntervalMs, () => {
      this.watched.delete(key);
      look().then(
        (stored) => this.watch(stored, look),
        () => undefined,
      );
    });
  }
}
