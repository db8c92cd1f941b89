/** What the ledger says is not what a test expected. Its message holds both, and the requests that matter. */
export class LedgerAssertionError extends Error {
  override readonly name = 'LedgerAssertionError';

  constructor(
    /** What was to have happened. */
    readonly expected: string,
    /** What has happened. */
    readonly seen: string,
    /** The requests that matter, one line each; `>` marks those that were counted. */
    readonly lines: readonly string[],
    /** Requests that the ledger holds beside them. */
    left: number,
  ) {
    const others = left === 0 ? '' : ` (and ${left} other ${left === 1 ? 'request' : 'requests'})`;
    const shown = lines.length === 0 ? ['  (none)'] : lines;
    super([`Expected: ${expected}`, `Seen:     ${seen}`, '', `Ledger${others}:`, ...shown].join('\n'));
  }
}
