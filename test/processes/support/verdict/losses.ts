import type { LedgerEntry } from '../../../../lib/testing.js';
import type { BackendProcess } from '../backend-process.js';
import { TIMES } from '../times.js';
import { CLOCK_SLACK_MS, type Case } from './evidence.js';
import { stretchesGivenUp, type GivenUp } from './given-up.js';

/**
 * Why an installation was given up where there is no Reconnect, as the ledger and the store have it.
 *
 * - `its pair died with the process`: a pair was made, every process that had received it ended before it had stored it, and
 *   nobody asked for it again within the grace
 * - `its pair never arrived`: a pair was made, and no process received an answer with it within the grace
 * - `its pair came late`: whoever had received it could not store it for so long; it is stored by now, or was not needed any more
 * - `its company was gone`: its own tokens had died in an incident, and its company was given up at that time
 * - `unexplained`: a violation
 */
export type LossKind =
  | 'its pair died with the process'
  | 'its pair never arrived'
  | 'its pair came late'
  | 'its company was gone'
  | 'unexplained';

/** An installation that was given up, and why. */
export interface Loss {
  readonly key: string;
  readonly kind: LossKind;
  readonly story: string;
}

/** The rotation that an installation was lost by. */
interface LostRotation {
  readonly stretch: GivenUp;
  /** The refresh token that was presented, and the one that was made of it. */
  readonly token: string;
  readonly pair: string;
  readonly presented: readonly LedgerEntry[];
  readonly made: LedgerEntry;
  readonly refused: LedgerEntry;
  readonly receivers: readonly BackendProcess[];
}

/** Whoever holds a lease is succeeded at the latest so long after its end, if nothing is in the way. */
const SUCCESSION_MS = TIMES.leaseTtlMs + TIMES.jobIntervalMs * 1.1 + 500;

/** Explains every installation that was given up. */
export function explainLosses(the: Case): readonly Loss[] {
  const stretches = stretchesGivenUp(the);
  return stretches.map((stretch) => {
    const { key, since } = stretch;
    const { credential, companyId, locationId } = since.installation;
    const from = credential?.obtainedAt ?? 0;
    const incidents = the.evidence.chronicle.during(from, since.at, ['incident'], locationId ?? '');
    if (incidents.length === 0) return explainRotation(the, stretch);
    const company = the.keyOf(`company:${companyId}`);
    const isOrphan = stretches.some((one) => one.key === company && one.since.at <= since.at && one.until > since.at);
    const story = `${key}: its tokens died in an incident, and were refused at ${the.moment(since.at)}`;
    return { key, kind: isOrphan ? 'its company was gone' : 'unexplained', story };
  });
}

function explainRotation(the: Case, stretch: GivenUp): Loss {
  const { key, until } = stretch;
  const lost = rotationOf(the, stretch);
  if (lost === null)
    return { key, kind: 'unexplained', story: `${key}: given up, although its refresh token was not used up` };
  const obstacles = inTheWay(the, lost);
  const story = tell(the, lost, obstacles);
  const explained = (kind: LossKind, more = ''): Loss => ({
    key,
    kind,
    story: more === '' ? story : `${story} ${more}`,
  });
  if (lost.refused.time - lost.made.time <= TIMES.graceMs)
    return explained('unexplained', 'That was within the grace.');
  if (obstacles.length === 0) return explained('unexplained', 'Nothing was in the way of whoever came next.');
  if (lost.receivers.length === 0) return explained('its pair never arrived');
  const wasStored = the.statesOf(key).some(({ installation }) => the.refreshIdOf(installation) === lost.pair);
  const isLate = lost.receivers.some(
    (one) => one.endedAt > until && the.trouble(one, lost.made.time, until).length > 0,
  );
  if (wasStored || isLate) return explained('its pair came late');
  const alive = lost.receivers.find(({ endedAt }) => endedAt > until);
  return alive
    ? explained('unexplained', `${alive.name} had it all the time.`)
    : explained('its pair died with the process');
}

function rotationOf(the: Case, stretch: GivenUp): LostRotation | null {
  const { installation, at } = stretch.since;
  const token = the.refreshIdOf(installation);
  const { ledger } = the.evidence.highLevel;
  const presented = ledger.refreshes().filter((entry) => entry.presented[0] === token && entry.time <= at);
  const made = presented.find(({ outcome }) => outcome === 'issued');
  const refused = presented.find(({ refusal }) => refusal === 'refreshTokenInvalid');
  const pair = made?.issued.find((id) => id.startsWith('refresh#'));
  if (token === null || made === undefined || refused === undefined || pair === undefined) return null;
  const arrived = presented.filter(
    ({ outcome, delivery, fault }) =>
      ['issued', 'repeated'].includes(outcome) && delivery === 'delivered' && fault === undefined,
  );
  return { stretch, token, pair, presented, made, refused, receivers: arrived.map((entry) => the.processOf(entry)) };
}

/** What kept others from asking again within the grace, once the last who had the pair was gone. */
function inTheWay(the: Case, { stretch, made, receivers }: LostRotation): string[] {
  const { chronicle, processes } = the.evidence;
  const graceEnd = made.time + TIMES.graceMs;
  const gone = Math.max(made.time, ...receivers.map(({ endedAt }) => Math.min(endedAt, graceEnd)));
  const id = stretch.key.split('/').at(-1) ?? '';
  const kinds = ['database', 'HighLevel', 'stopped', 'inactive'];
  const periods = chronicle.during(made.time, graceEnd, kinds, id, ...processes.map(({ name }) => name));
  const deaths = processes.filter(({ endedAt }) => endedAt > gone + CLOCK_SLACK_MS && endedAt < graceEnd);
  return [
    ...(gone + SUCCESSION_MS > graceEnd ? [`too little time after ${the.moment(gone)}`] : []),
    ...periods.map(({ what, who, from, to }) => `${what} ${who} ${the.moment(from)} to ${the.moment(to)}`),
    ...deaths.map(({ name, endedAt }) => `${name} ended at ${the.moment(endedAt)}`),
  ];
}

function tell(
  the: Case,
  { stretch, token, pair, presented, made }: LostRotation,
  obstacles: readonly string[],
): string {
  const presentations = presented.map((entry) => {
    const { name, end, endedAt } = the.processOf(entry);
    const fate = end === null ? '' : `, ${end} at ${the.moment(endedAt)}`;
    const outcome = entry.fault ? `${entry.outcome}, ${entry.fault}` : entry.outcome;
    return `${name} at ${the.moment(entry.time)} (${outcome}, ${entry.delivery}${fate})`;
  });
  return (
    `${stretch.key}: ${pair} was made of ${token} at ${the.moment(made.time)}. ${token} was presented by ` +
    `${presentations.join('; ')}. In the way within the grace: ${obstacles.join(', ') || 'nothing'}.`
  );
}
