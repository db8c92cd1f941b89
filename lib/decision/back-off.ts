/** How long to wait between attempts (ms). */
export interface BackOff {
  /** Before the second attempt. */
  readonly baseMs: number;
  /** At most. */
  readonly maxMs: number;
}

/**
 * The wait after so many failed attempts in a row: doubling, bounded, of which a random half is taken off, so that
 * what failed together does not come back together.
 * @param random from 0 to 1
 */
export function backOffMs(attempts: number, { baseMs, maxMs }: BackOff, random: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full * (0.5 + random / 2));
}
