import type { Credential } from '../installation/credential.js';

/** When an access token is renewed, before it expires (ms). */
export interface RenewalWindows {
  /** From here on one caller renews while all go on using the token. */
  readonly advisoryWindowMs: number;
  /** From here on all wait for the renewal. */
  readonly mandatoryWindowMs: number;
}

/** The moments (ms since the epoch) at which a credential enters its windows. Short-lived tokens get windows in proportion. */
export function renewalMoments(
  { obtainedAt, expiresAt }: Pick<Credential, 'obtainedAt' | 'expiresAt'>,
  { advisoryWindowMs, mandatoryWindowMs }: RenewalWindows,
): { readonly advisoryAt: number; readonly mandatoryAt: number } {
  const lifetime = Math.max(0, expiresAt - obtainedAt);
  return {
    advisoryAt: expiresAt - Math.min(advisoryWindowMs, lifetime / 4),
    mandatoryAt: expiresAt - Math.min(mandatoryWindowMs, lifetime / 10),
  };
}

/** Whether an access token may be handed out now and stays valid for `minValidityMs`. */
export function isUsable(credential: Credential, windows: RenewalWindows, now: number, minValidityMs = 0): boolean {
  return now < renewalMoments(credential, windows).mandatoryAt && now + minValidityMs <= credential.expiresAt;
}
