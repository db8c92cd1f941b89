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

/**
 * Whether an access token may be handed out now and stays valid for `minValidityMs`. More than a new token's time up to
 * its advisory window cannot be had: to ask for that much is to ask for a new one once an hour or so, not at every call.
 */
export function isUsable(credential: Credential, windows: RenewalWindows, now: number, minValidityMs = 0): boolean {
  const { advisoryAt, mandatoryAt } = renewalMoments(credential, windows);
  const asked = Math.min(minValidityMs, advisoryAt - credential.obtainedAt);
  return now < mandatoryAt && now + asked <= credential.expiresAt;
}
