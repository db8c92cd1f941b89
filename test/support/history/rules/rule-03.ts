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
  return evidence.world.casts.flatMap((cast) => {
    const stored = new Set(evidence.commitsOf(cast).map(({ after }) => evidence.accessTokenIn(after)));
    return pairsOf(evidence, cast)
      .filter(({ access, call }) => !stored.has(access) && isHeld(call) && !evidence.hasMadeRoom(cast, call))
      .filter(({ call }) => !isSpare(evidence, cast, call))
      .map(({ access, call }) => `${call.member.name} got ${access} of ${cast.name}, and it was never stored`);
  });
}

/** Minting spends nothing; of two that were minted at the same time the clocks say which is the newer. */
const isSpare = (evidence: Evidence, cast: Cast, { what, tick }: Call): boolean =>
  what === 'mint' && evidence.storedAt(cast, tick)?.credential != null;

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
