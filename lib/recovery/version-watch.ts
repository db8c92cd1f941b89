import type { Clock } from '../time/clock.js';
import { BoundedMap } from './bounded-map.js';

const MAX_REMEMBERED = 10_000;

/** Tells of whoever is to write a record now and then whether it still does. Machines' clocks are not compared. */
export class VersionWatch {
  private readonly seen = new BoundedMap<{ readonly version: number | null; readonly since: number }>(MAX_REMEMBERED);

  constructor(private readonly clock: Clock) {}

  /** For so long this process has seen the record at the same version (ms); 0 where it has changed, or is seen for the first time. */
  unchangedMs(key: string, version: number | null): number {
    const now = this.clock.monotonic();
    const seen = this.seen.get(key);
    if (seen?.version === version) return now - seen.since;
    this.seen.set(key, { version, since: now });
    return 0;
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}
