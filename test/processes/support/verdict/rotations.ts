import { definitelyKnown } from '../../../../lib/testing/simulator/ledger/presentations.js';
import type { LedgerEntry } from '../../../../lib/testing.js';
import type { BackendProcess } from '../backend-process.js';
import type { StoredState } from '../store-history.js';
import { TIMES } from '../times.js';
import { CLOCK_SLACK_MS, type Case } from './evidence.js';

/** A refresh token that came in at HighLevel. */
interface Presentation {
  readonly entry: LedgerEntry;
  readonly token: string;
  readonly key: string;
  readonly by: BackendProcess;
  readonly at: number;
}

/** An answer that comes later than this may find nobody who waits for it any more. */
const TOO_LATE_MS = TIMES.highLevelMs * 0.8;

/**
 * What must hold of refresh tokens: each presentation is backed by a mark under a lease in the store; nobody presents a token
 * whose end he knows; no two present one at a time. A process can be excused by having been stopped, cut off or killed, and
 * by nothing else.
 */
export function judgeRotations(the: Case): string[] {
  const presentations = the.evidence.highLevel.ledger.refreshes().map((entry): Presentation => {
    const [token = ''] = entry.presented;
    return { entry, token, key: the.keyOf(entry.place), by: the.processOf(entry), at: entry.time };
  });
  const byToken = new Map<string, Presentation[]>();
  for (const one of presentations) byToken.set(one.token, [...(byToken.get(one.token) ?? []), one]);
  return [
    ...presentations.flatMap((one) => judgeBacking(the, one)),
    ...[...byToken.values()].flatMap((ones) =>
      ones.flatMap((again, n) => ones.slice(0, n).flatMap((first) => judgePair(the, first, again))),
    ),
  ];
}

/** The state with the mark that a process stored before it presented the token. */
function backingOf(the: Case, { key, by, at, token }: Presentation): StoredState | undefined {
  return the
    .statesOf(key)
    .findLast(
      ({ by: writer, at: written, installation }) =>
        writer === by.name &&
        written <= at + CLOCK_SLACK_MS &&
        installation.mark !== null &&
        installation.mark.credentialId === installation.credential?.id &&
        the.refreshIdOf(installation) === token,
    );
}

function judgeBacking(the: Case, one: Presentation): string[] {
  const { key, by, at, token } = one;
  const what = `${by.name} presented ${token} at ${the.moment(at)}`;
  const backing = backingOf(the, one);
  if (backing === undefined) return [`${what} without having marked it in the store`];
  const { lease, credential } = backing.installation;
  if (lease === null) return [`${what} without a lease`];
  const overtaken = the
    .statesOf(key)
    .find(
      ({ sequence, at: written, installation }) =>
        sequence > backing.sequence &&
        written <= at - CLOCK_SLACK_MS &&
        (installation.lease?.id !== lease.id || installation.credential?.id !== credential?.id),
    );
  if (overtaken === undefined || the.wasStopped(by, backing.at, at)) return [];
  return [`${what} although ${overtaken.by} had the record since ${the.moment(overtaken.at)}`];
}

function judgePair(the: Case, first: Presentation, again: Presentation): string[] {
  const { settled } = first.entry;
  const isAnswered = settled !== undefined && settled < again.entry.sequence;
  if (isAnswered && !definitelyKnown(first.entry)) return [];
  const isExcused = first.by === again.by ? mayAskAgain(the, first, again) : couldNotTell(the, first, again);
  if (isExcused) return [];
  const why = isAnswered ? 'knew what had become of it' : 'was still waiting for the answer';
  const { token, by, at } = again;
  return [
    `${by.name} presented ${token} at ${the.moment(at)}, although ${first.by.name}, which had presented it at ${the.moment(first.at)}, ${why}`,
  ];
}

/** The same process asks again where it had given up waiting, or was stopped while the answer came. */
function mayAskAgain(the: Case, first: Presentation, again: Presentation): boolean {
  const waitedMs = Math.min(the.evidence.highLevel.settledAt(first.entry), again.at) - first.at;
  return waitedMs >= TOO_LATE_MS || the.wasStopped(first.by, first.at, again.at);
}

/** Another process asks where the first has died, or could not do its work, or was itself stopped after it had set its mark. */
function couldNotTell(the: Case, first: Presentation, again: Presentation): boolean {
  if (first.by.endedAt <= again.at + CLOCK_SLACK_MS) return true;
  if (the.trouble(first.by, first.at, again.at).length > 0) return true;
  const backing = backingOf(the, again);
  return backing !== undefined && the.wasStopped(again.by, backing.at, again.at);
}
