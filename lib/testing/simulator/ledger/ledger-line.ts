import type { LedgerEntry } from './ledger-entry.js';

/** One request in one line, for people; without secrets. */
export function ledgerLine(entry: LedgerEntry): string {
  const what = [entry.method, entry.path, entry.grant, entry.place].filter(Boolean).join(' ');
  const tokens = `${entry.presented.join(',') || '-'} → ${entry.issued.join(',') || '-'}`;
  const end = [entry.outcome, entry.refusal, entry.fault && `fault ${entry.fault}`, entry.status ?? 'no answer'];
  return `#${entry.sequence} ${new Date(entry.time).toISOString()} ${what} [${tokens}] ${end.filter(Boolean).join(' ')}`;
}
