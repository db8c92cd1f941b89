/** What a process knows about how fast it may call HighLevel. Moments and durations are monotonic ms, rates calls per second. */
export interface Pacing {
  /** So fast calls in bulk are sent. */
  readonly rate: number;
  /** So many calls per second HighLevel was seen to take before it refused one; `null`: it has refused none yet. */
  readonly ceiling: number | null;
  /** Nothing is sent in bulk before. */
  readonly heldUntil: number;
  /** When it may next go faster, and by what part. */
  readonly fasterAt: number;
  readonly step: number;
}

/** How fast a process may become, and how. */
export interface PacingRules {
  /** This process's part of a limit that is known; `null`: it has to be found out. */
  readonly limit: number | null;
}

const FIRST_RATE = 20;
const MIN_RATE = 0.5;
const MAX_RATE = 1_000;
/** What is left of a known limit for clocks and networks that are not exact. */
const OF_LIMIT = 0.97;
/** What is kept of a rate at which HighLevel has refused a call. */
const OF_CEILING = 0.93;
const GROW_EVERY_MS = 1_000;
const GROWTH = 0.25;
/** Near the ceiling a faster pace is tried so seldom, at first by so little, by twice as much after each one that went well. */
const TRY_EVERY_MS = 30_000;
const FIRST_STEP = 0.04;
/** So far beyond the ceiling, it has moved: it is found out anew. */
const BEYOND_CEILING = 1.15;
const DEFAULT_HOLD_MS = 1_000;
const MAX_HOLD_MS = 60_000;

const bounded = (rate: number): number => Math.min(MAX_RATE, Math.max(MIN_RATE, rate));

/** Where a process begins. */
export const firstPacing = ({ limit }: PacingRules, now: number): Pacing => ({
  rate: limit === null ? FIRST_RATE : limit * OF_LIMIT,
  ceiling: null,
  heldUntil: now,
  fasterAt: now + GROW_EVERY_MS,
  step: GROWTH,
});

/**
 * After a 429: nothing for a moment, then slower than what HighLevel took.
 * @param taken so many calls it has taken within the last second
 * @param retryAfterMs what it asks for, if it does
 */
export function slower(pacing: Pacing, taken: number, retryAfterMs: number | null, now: number): Pacing {
  const hold = now + Math.min(MAX_HOLD_MS, Math.max(retryAfterMs ?? DEFAULT_HOLD_MS, 0));
  // Calls that were under way when it was refused say nothing new.
  if (now < pacing.heldUntil) return { ...pacing, heldUntil: Math.max(pacing.heldUntil, hold) };
  const ceiling = bounded(Math.min(pacing.rate, Math.max(taken, pacing.rate / 2)));
  return {
    rate: bounded(ceiling * OF_CEILING),
    ceiling,
    heldUntil: hold,
    fasterAt: hold + TRY_EVERY_MS,
    step: FIRST_STEP,
  };
}

/** Faster again where HighLevel takes what it is sent. @param isWanted whether calls in bulk had to wait */
export function faster(pacing: Pacing, { limit }: PacingRules, isWanted: boolean, now: number): Pacing {
  if (now < pacing.fasterAt) return pacing;
  const most = limit === null ? MAX_RATE : limit * OF_LIMIT;
  if (!isWanted || pacing.rate >= most) return { ...pacing, rate: Math.min(pacing.rate, most) };
  const rate = Math.min(most, bounded(pacing.rate * (1 + pacing.step)));
  if (pacing.ceiling === null || rate > pacing.ceiling * BEYOND_CEILING)
    return { ...pacing, rate, ceiling: null, fasterAt: now + GROW_EVERY_MS, step: GROWTH };
  return { ...pacing, rate, fasterAt: now + TRY_EVERY_MS, step: Math.min(GROWTH, pacing.step * 2) };
}
