import type { BackOff } from './back-off.js';
import type { RejectionGuard } from './rejection.js';
import type { RenewalWindows } from './renewal.js';

/** The settings that deciding depends on. Durations in ms. */
export interface Policy {
  readonly windows: RenewalWindows;
  readonly guard: RejectionGuard;
  readonly backOff: BackOff;
  /** Between two looks at a suspended place. */
  readonly suspendedLookMs: number;
  /** Between two tries of a closed rung, by the whole fleet. */
  readonly closedRungTryMs: number;
  /** The rungs that are switched on. */
  readonly rungs: { readonly mint: boolean; readonly reconnect: boolean };
  /** Equal answers of unknown meaning that make a refusal, and the time over which they must be spread. */
  readonly unclearAnswers: { readonly count: number; readonly spreadMs: number };
  /** Different installations that must be refused in a row before their client id counts as refused. */
  readonly clientRefusals: number;
}
