import type { LedgerEntry } from '../../../../lib/testing.js';
import type { StoredState } from '../store-history.js';
import { TIMES } from '../times.js';
import type { Case } from './evidence.js';

/** So long before an installation is given up its rungs were climbed, and what is known of a closed rung is relied on. */
const CLIMB_MS = TIMES.tokenWaitMs + TIMES.closedRungTryMs;
/** Until every process has noticed that an installation is given up, and the calls that it had begun have ended. */
const NOTICE_MS = TIMES.lookAgainMs + TIMES.highLevelMs;

/** A stretch in which an installation was given up: it needed the customer. */
export interface GivenUp {
  readonly key: string;
  readonly since: StoredState;
  readonly until: number;
}

/** Every stretch in which an installation was given up. */
export function stretchesGivenUp(the: Case): readonly GivenUp[] {
  return the.keys.flatMap((key) => {
    const states = the.statesOf(key);
    return states.flatMap((since, n): GivenUp[] => {
      const isDead = ({ installation }: StoredState): boolean => installation.state === 'needs_reauthorization';
      if (!isDead(since) || (n > 0 && isDead(states[n - 1] as StoredState))) return [];
      const end = states.slice(n).find((state) => !isDead(state));
      return [{ key, since, until: end?.at ?? the.evidence.ended }];
    });
  });
}

/** Nobody is given up while Reconnect is there, and who is given up costs HighLevel nothing. */
export function judgeGivenUp(the: Case): string[] {
  return stretchesGivenUp(the).flatMap((stretch) => [...tooEarly(the, stretch), ...callsForTheDead(the, stretch)]);
}

function tooEarly(the: Case, { key, since }: GivenUp): string[] {
  const { world, chronicle } = the.evidence;
  if (world === 'without Reconnect') return [];
  if (chronicle.during(since.at - CLIMB_MS, since.at, ['Reconnect removed']).length > 0) return [];
  return [`${key}: ${since.by} gave it up at ${the.moment(since.at)}, although Reconnect was there`];
}

function callsForTheDead(the: Case, { key, since, until }: GivenUp): string[] {
  const { ledger } = the.evidence.highLevel;
  const calls = ledger.entries.filter(
    (entry) => the.keyOf(entry.place) === key && entry.time > since.at + NOTICE_MS && entry.time < until,
  );
  const wrong = calls.filter((entry) => !isTry(entry) && !couldNotKnow(the, entry, since.at));
  return wrong.map(
    ({ endpoint, grant = '', time, host }) =>
      `${key}: given up at ${the.moment(since.at)}, and called for at ${the.moment(time)} (${endpoint} ${grant}, ${host})`,
  );
}

/** It stood still; or it goes on serving a token that is still good while the database does not say that it is over. */
function couldNotKnow(the: Case, entry: LedgerEntry, since: number): boolean {
  const process = the.processOf(entry);
  if (entry.endpoint === 'api') return the.trouble(process, since, entry.time).length > 0;
  return the.wasStopped(process, since, entry.time);
}

/** A closed way is tried now and then. */
const isTry = ({ endpoint, grant }: LedgerEntry): boolean =>
  endpoint === 'reconnect' || endpoint === 'mint' || grant === 'authorization_code';
