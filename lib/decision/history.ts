import type { Installation, PastEvent } from '../installation/installation.js';

const MAX_EVENTS = 12;
const MAX_REASON = 100;
/** Of its text in the body. */
const MAX_LENGTH = 1_500;

/**
 * What has happened to an installation, up to a save of it: derived from what was stored before and what will be. Empty work for what is
 * no event, such as a lease or a mark.
 * @param before `null`: nothing is stored
 */
export function noted(before: Installation | null, after: Installation, now: number): readonly PastEvent[] {
  // What is written back after a loss brings its own history along, which goes further than that of a backup.
  const known = after.history ?? before?.history ?? [];
  return [obtained(before, after, known), befallen(before, after, now)].reduce(withEvent, known);
}

const obtained = (
  before: Installation | null,
  { credential, generation, traceId }: Installation,
  known: readonly PastEvent[],
): PastEvent | null => {
  if (credential === null || credential.id === before?.credential?.id) return null;
  const { origin, obtainedAt: at } = credential;
  // Written back: it was noted when it was new.
  if (known.some((event) => event.event === 'credential' && event.at === at && event.generation === generation))
    return null;
  const isTraced = traceId !== null && traceId !== before?.traceId;
  return { at, event: 'credential', origin, generation, ...(isTraced && { traceId }) };
};

/** A change of state, with the trouble behind it; or, where the state stays, trouble that begins or becomes another. */
const befallen = (before: Installation | null, { state: to, trouble }: Installation, at: number): PastEvent | null => {
  const why = trouble && {
    code: trouble.code,
    reason: trouble.message.slice(0, MAX_REASON),
    ...(trouble.traceId !== undefined && { traceId: trouble.traceId }),
  };
  const from = before?.state ?? null;
  if (from !== to) return from === null && to === 'pending' ? null : { at, event: 'state', from, to, ...why };
  return why === null || why.code === before?.trouble?.code ? null : { at, event: 'trouble', ...why };
};

const isAlike = (one: PastEvent | undefined, { event, origin }: PastEvent): boolean =>
  event !== 'state' && one?.event === event && one.origin === origin;

/** Of three or more alike in a row only the first and the latest stay: a year of renewals hides nothing. */
const withEvent = (events: readonly PastEvent[], event: PastEvent | null): readonly PastEvent[] => {
  if (event === null) return events;
  const isThird = isAlike(events.at(-1), event) && isAlike(events.at(-2), event);
  let kept = [...(isThird ? events.slice(0, -1) : events), event].slice(-MAX_EVENTS);
  while (kept.length > 1 && JSON.stringify(kept).length > MAX_LENGTH) kept = kept.slice(1);
  return kept;
};
