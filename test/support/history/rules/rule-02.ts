import { isOpen, isKnown, isUnseen, type Evidence } from '../evidence.js';
import type { Call } from '../chronicle.js';
import type { Cast } from '../cast.js';

const GRACE_MS = 30_000;
/** What is answered later cannot be asked again within the grace: that answer may take as long. */
const ANSWERED_WITHIN_MS = 14_000;

/**
 * Rule 2: a refresh token whose outcome is known is never presented again; where the outcome is unknown it is, at once within
 * the grace, then at the pace of the back-off. Only a definite refusal moves to the next rung.
 *
 * Seen whole, but for the pace of the back-off, which `decision/pace.test.ts` holds.
 */
export function rule02KnownOutcomes(evidence: Evidence): string[] {
  return evidence.world.casts.flatMap((cast) => [
    ...presentedAlthoughItKnew(evidence, cast),
    ...presentedAlthoughTheStoreKnew(evidence, cast),
    ...notRepeatedInTheGrace(evidence, cast),
    ...movedOnTooEarly(evidence, cast),
  ]);
}

/** Credentials are told apart by ids: what a rebuilt store made of the same answer anew passes for another one. */
const presentedAlthoughItKnew = (evidence: Evidence, cast: Cast): string[] =>
  evidence.callsOf(cast, 'refresh').flatMap((again, n, calls) => {
    const isKnownTo = (first: Call): boolean =>
      first.member === again.member &&
      first.presented === again.presented &&
      isKnown(first) &&
      credentialAt(evidence, cast, first) === credentialAt(evidence, cast, again);
    return calls.slice(0, n).some(isKnownTo)
      ? [`${again.member.name} presented ${again.presented} of ${cast.name}, although it knew what had come of it`]
      : [];
  });

const credentialAt = (evidence: Evidence, cast: Cast, { member, tick }: Call): string | undefined =>
  evidence.commitsOf(cast).findLast((commit) => commit.writer === member && commit.tick < tick)?.after?.mark
    ?.credentialId;

/** The mark of a presentation is the last look at the store. */
function presentedAlthoughTheStoreKnew(evidence: Evidence, cast: Cast): string[] {
  const spent = new Map<string, number>();
  return evidence.commitsOf(cast).flatMap((commit) => {
    const { before, after, writer, tick } = commit;
    const token = evidence.refreshTokenIn(after);
    if (after?.credential?.refreshTokenRefused && token !== undefined) spent.set(token, tick);
    const parent = evidence.parentOf(after?.credential?.refreshToken ?? undefined);
    if (parent?.startsWith('refresh#')) spent.set(parent, tick);
    const isMark = after?.mark != null && after.mark.times !== before?.mark?.times && writer !== null;
    const knownSince = token === undefined ? undefined : spent.get(token);
    if (!isMark || knownSince === undefined || evidence.wasTouched(cast, knownSince, tick)) return [];
    return [
      `${writer.name} marked ${token} of ${cast.name} to be presented, although the store knew that it was spent`,
    ];
  });
}

/** An instance that lives on, on a store that works, presents it once more at once. */
const notRepeatedInTheGrace = (evidence: Evidence, cast: Cast): string[] =>
  evidence.callsOf(cast, 'refresh').flatMap((call) => {
    if (!isOpen(call) || isUnclear(call) || call.learned === null || markedTimes(evidence, cast, call) !== 1) return [];
    const { member, presented } = call;
    const isRepeated = evidence
      .callsOf(cast, 'refresh')
      .some((again) => again.presented === presented && again.tick > call.tick && again.at - call.at <= GRACE_MS);
    if (isRepeated || isKeptFromIt(evidence, cast, call)) return [];
    return [`${member.name} did not present ${presented} of ${cast.name} again within the grace`];
  });

/** An answer of unknown meaning, though it is one: a 4xx of which the text is broken. */
const isUnclear = ({ entry, learned }: Call): boolean => {
  const status = entry?.status ?? 0;
  return learned?.isAnswer === true && status >= 400 && status < 500;
};

const markedTimes = (evidence: Evidence, cast: Cast, call: Call): number | undefined =>
  evidence.storedAt(cast, call.tick)?.mark?.times;

/** Died, stood still (also before it was sent: the process cannot tell), had trouble with the store, waited too long for the answer, or found that others had changed the record. */
function isKeptFromIt(evidence: Evidence, cast: Cast, { member, tick, at, learned }: Call): boolean {
  const last = evidence.tickAfter(at + GRACE_MS);
  const presented = evidence.storedAt(cast, tick);
  const marked = evidence.commitsOf(cast).findLast((commit) => commit.writer === member && commit.tick < tick);
  const isTakenAway = evidence.commitsOf(cast).some((commit) => {
    const isFree = commit.after?.lease?.id !== presented?.lease?.id;
    const isOwn = commit.writer === member && commit.after?.credential?.id === presented?.credential?.id;
    return commit.tick > tick && commit.tick < last && isFree && !isOwn;
  });
  const isTooLate = (learned?.at ?? at) - at > ANSWERED_WITHIN_MS;
  return (
    !member.process.ranFrom(marked?.tick ?? tick, last) ||
    evidence.wasFailed(member, tick, last) ||
    isTakenAway ||
    isTooLate
  );
}

/** While a presentation of this climb is open, or did not reach HighLevel, no other rung is tried. */
const movedOnTooEarly = (evidence: Evidence, cast: Cast): string[] =>
  evidence.callsOf(cast).flatMap((call) => {
    if (call.isOnPurpose || (call.what !== 'mint' && call.what !== 'reconnect')) return [];
    const stored = evidence.storedAt(cast, call.tick);
    const token = evidence.refreshTokenIn(stored);
    if (token === undefined || stored?.credential?.refreshTokenRefused) return [];
    const climb = evidence.commitsOf(cast).find((commit) => commit.after?.lease?.id === stored?.lease?.id)?.tick ?? 0;
    const last = evidence
      .callsOf(cast, 'refresh')
      .findLast(({ member, tick }) => member === call.member && tick > climb && tick < call.tick);
    if (last === undefined || last.presented !== token || !(isOpen(last) || isUnseen(last))) return [];
    return [`${call.member.name} tried to ${call.what} ${cast.name}, although it is open what became of ${token}`];
  });
