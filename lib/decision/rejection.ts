import type { Credential } from '../installation/credential.js';

/** How the module guards against renewing on every call when renewing does not help (ms). */
export interface RejectionGuard {
  /** A token younger than this is not replaced because of a 401: HighLevel may not know it everywhere yet. */
  readonly freshTokenMs: number;
  /** The same for a 401 in unknown words. */
  readonly unclearRejectionMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Whether a 401 on this credential is worth a recovery. The age that it must have grows fourfold, up to a day, with
 * each new credential in a row that was rejected as well, so that an API which rejects every token costs a few rotations, not one a call.
 */
export function isWorthRecovering(
  credential: Pick<Credential, 'obtainedAt'>,
  rejections: number,
  verdict: 'expired' | 'unclear',
  guard: RejectionGuard,
  now: number,
): boolean {
  const base = verdict === 'expired' ? guard.freshTokenMs : guard.unclearRejectionMs;
  const minAge =
    rejections === 0 && verdict === 'unclear'
      ? guard.freshTokenMs
      : Math.min(DAY_MS, base * 4 ** Math.min(rejections, 10));
  const age = now - credential.obtainedAt;
  return age < 0 || age >= minAge;
}

/**
 * How many rejections in a row a new credential inherits from the one that it replaces because of a 401. Only one that
 * lived much longer than the guard asks for begins anew: it was accepted meanwhile.
 */
export function nextRejections(
  credential: Pick<Credential, 'obtainedAt'> | null,
  rejections: number,
  now: number,
): number {
  const livedLong =
    credential !== null && now - credential.obtainedAt >= Math.min(DAY_MS, HOUR_MS * 4 ** Math.min(rejections + 1, 10));
  return livedLong ? 1 : rejections + 1;
}
