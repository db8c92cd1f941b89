import type { Evidence } from '../evidence.js';
import type { Call } from '../chronicle.js';
import type { Cast } from '../cast.js';

/**
 * Rule 3: a rotated pair is never thrown away. It gets into the store, unless its process dies first, something newer is
 * stored, or the place was uninstalled; and it is not spent before the store has it.
 *
 * Seen, but for how loud the trouble is and that the pair is served meanwhile: `rules/rule-03-never-thrown-away.test.ts`.
 */
export function rule03NeverThrownAway(evidence: Evidence): string[] {
  return evidence.world.casts.flatMap((cast) => [
    ...neverStored(evidence, cast),
    ...triedAgainUnstored(evidence, cast),
    ...liftedLate(evidence, cast),
  ]);
}

function neverStored(evidence: Evidence, cast: Cast): string[] {
  const stored = new Set(evidence.commitsOf(cast).map(({ after }) => evidence.accessTokenIn(after)));
  return pairsOf(evidence, cast)
    .filter(({ access, call }) => !stored.has(access) && isHeld(call) && !evidence.hasMadeRoom(cast, call))
    .filter(({ call }) => !isSpare(evidence, cast, call))
    .map(({ access, call }) => `${call.member.name} got ${access} of ${cast.name}, and it was never stored`);
}

/** What the store has not taken is served from memory: its instance looks for no other way, which could cost it. */
const triedAgainUnstored = (evidence: Evidence, cast: Cast): string[] =>
  pairsOf(evidence, cast).flatMap(({ access, call }) => {
    const { member, learned } = call;
    const stored = evidence.commitsOf(cast).find(({ after }) => evidence.accessTokenIn(after) === access);
    const isMeanwhile = ({ tick, at }: Call): boolean =>
      learned !== null && at > learned.at && tick < (stored?.tick ?? Number.POSITIVE_INFINITY);
    const again = evidence
      .callsOf(cast)
      .find((next) => next.member === member && next.what !== 'exchange' && isMeanwhile(next));
    if (again === undefined || isSpare(evidence, cast, call) || evidence.hasMadeRoom(cast, call, again.tick)) return [];
    return [`${member.name} called HighLevel (${again.what}) for ${cast.name}, although ${access} was not stored yet`];
  });

/** No late answer lifts a tombstone; only where the world brought one back can it be older than what an instance holds. */
const liftedLate = (evidence: Evidence, cast: Cast): string[] =>
  evidence.commitsOf(cast).flatMap(({ before, after, writer, tick }) => {
    const isLifted = before?.state === 'uninstalled' && after !== null && after.state !== 'uninstalled';
    const isLate = after?.credential?.origin === 'refresh' && writer !== null && !evidence.wasTouched(cast, 0, tick);
    return isLifted && isLate ? [`${writer.name} lifted the tombstone of ${cast.name} with a refreshed pair`] : [];
  });

/** Minting spends nothing, and what is stored already when it begins may seem the newer of the two: clocks differ. */
const isSpare = (evidence: Evidence, cast: Cast, { what, tick, sentAt }: Call): boolean =>
  what === 'mint' && (evidence.storedAt(cast, tick)?.credential?.obtainedAt ?? Number.NEGATIVE_INFINITY) >= sentAt;

/** A pair that an instance has received. */
export interface Received {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly call: Call;
}

/** Every pair for a place that an instance has received whole. */
export const pairsOf = (evidence: Evidence, cast: Cast): Received[] =>
  evidence.chronicle.calls.flatMap((call) => {
    const { entry, learned } = call;
    const isReceived = learned?.isAnswer === true && entry?.delivery === 'delivered' && entry.fault === undefined;
    const access = entry?.issued.find((id) => id.startsWith('access#'));
    if (!isReceived || access === undefined || entry.place !== cast.placeKey) return [];
    return [{ access, refresh: entry.issued.find((id) => id.startsWith('refresh#')), call }];
  });

/** Its process lives, so that the pair is with it still. */
const isHeld = ({ member }: Call): boolean => member.process.isAlive;
