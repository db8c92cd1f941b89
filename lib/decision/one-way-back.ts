import type { Installation } from '../installation/installation.js';

/** Whether a company has a credential that mints for its locations, as far as can be known without asking HighLevel. */
export const canMint = ({ state, credential }: Installation): boolean =>
  credential !== null &&
  (state === 'active' || state === 'retrying') &&
  credential.userType !== 'Location' &&
  (credential.scopes.length === 0 || credential.scopes.includes('oauth.write'));

/**
 * Whether an installation dies at its next loss: it lives, and no more than its own refresh token would bring it back.
 * @param others whether its company can mint for it, and whether Reconnect is open for its client id
 */
export const isOneWayBack = (
  { state, credential }: Installation,
  others: { readonly mint: boolean; readonly reconnect: boolean },
): boolean => credential !== null && state !== 'needs_reauthorization' && !others.mint && !others.reconnect;
