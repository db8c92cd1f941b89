import type { Log } from '../logging/log.js';

/** So many records are named in the log; what is wrong with all of them is one thing as a rule, such as a missing key. */
const MAX_NAMED = 20;

/** Tells of records that cannot be read, once: passes over them come every minute. */
export class UnreadableNotes {
  private readonly named = new Set<string>();
  private hasToldOfMore = false;

  constructor(private readonly log: Log) {}

  note(key: string, problem: string): void {
    if (this.named.has(key)) return;
    if (this.named.size < MAX_NAMED) {
      this.named.add(key);
      this.log.error('A stored record cannot be read: it is left as it is, and passed over', { key, problem });
    } else if (!this.hasToldOfMore) {
      this.hasToldOfMore = true;
      this.log.error('More stored records cannot be read than are named here', { named: MAX_NAMED });
    }
  }

  /** A record can be read: if it cannot be again, that is news. */
  forget(key: string): void {
    if (this.named.size === 0) return;
    this.named.delete(key);
    if (this.named.size < MAX_NAMED) this.hasToldOfMore = false;
  }
}
