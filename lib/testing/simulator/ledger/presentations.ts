import type { LedgerEntry } from './ledger-entry.js';

/** A refresh token or code that came once more. */
export interface TwicePresented {
  /** Its short id. */
  readonly token: string;
  readonly first: LedgerEntry;
  readonly again: LedgerEntry;
}

/** A bearer token that came with a request for another place. */
export interface CrossedToken {
  /** Its short id. */
  readonly token: string;
  readonly entry: LedgerEntry;
}

/** Whether the caller knows for certain from this answer that what was presented is spent or no good. */
export function definitelyKnown(entry: LedgerEntry): boolean {
  if (entry.delivery !== 'delivered' || entry.fault !== undefined) return false;
  if (entry.outcome === 'issued' || entry.outcome === 'repeated') {
    // Where a refresh answers no new refresh token, the old one lives on.
    return entry.issued.some((id) => id.startsWith('refresh#'));
  }
  return entry.refusal !== undefined && DEFINITE.has(entry.refusal);
}

const DEFINITE = new Set(['refreshTokenInvalid', 'refreshTokenUnknown', 'codeInvalid', 'codeUsed', 'codeExpired']);
