import type { LedgerDraft, LedgerEntry } from './ledger-entry.js';
import { LedgerView } from './ledger-view.js';

/** The append-only record of every request that reached the simulator. */
export class Ledger extends LedgerView {
  private events = 0;

  constructor() {
    super([]);
  }

  /** The present moment, for {@link since}. */
  mark(): number {
    return this.events;
  }

  /** What came after a mark. The stretch goes on growing. */
  since(mark: number): LedgerView {
    return new LedgerView(this.history, mark);
  }

  /** @internal */
  append(draft: LedgerDraft): LedgerEntry {
    draft.sequence = ++this.events;
    (this.history as LedgerEntry[]).push(draft);
    return draft;
  }

  /** @internal */
  settle(entry: LedgerEntry, delivered: boolean): void {
    const draft = entry as LedgerDraft;
    if (draft.delivery !== 'pending') return;
    draft.delivery = delivered ? 'delivered' : 'lost';
    draft.settled = ++this.events;
    if (!delivered) draft.status = undefined;
  }
}
