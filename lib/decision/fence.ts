import type { Credential } from '../installation/credential.js';
import { authorizedAtOf, type Installation } from '../installation/installation.js';

/** What a pair was made from: the credential of that moment, and those before it. */
export interface Ancestry {
  readonly credential: Pick<Credential, 'id'> | null;
  readonly lineage: readonly string[];
}

/**
 * Whether a new pair may be stored over what is stored now. The fence is the credential that the pair was made from, not
 * the lease: a late pair is stored unless something newer is, or the place was uninstalled.
 * @param madeFrom the installation as it was when the pair was asked for
 */
export function mayStore(pair: Credential, madeFrom: Ancestry, stored: Installation): boolean {
  if (stored.state === 'uninstalled' || stored.lineage.includes(pair.id)) return false;
  const found = stored.credential;
  const parent = madeFrom.credential?.id;
  if (found === null || found.id === parent) return true;
  if (madeFrom.lineage.includes(found.id)) return true;
  if (parent !== undefined && stored.lineage.includes(parent)) return false;
  return found.obtainedAt < pair.obtainedAt;
}

/** An event that is heard of so soon is not late: whatever was stored already happened before it. */
const FRESH_MS = 60_000;

/**
 * Whether the customer has authorized the app again after an uninstall. A stored authorization that lies in the future was made where the
 * clock is ahead: it is not later than an event of this minute, which came when it was stored already.
 * @param seen the installation as it was stored, at `seenAt`, after the event had come
 * @param asOf when the app was uninstalled
 */
export function isAuthorizedSince(
  asOf: number,
  seen: Pick<Installation, 'credential' | 'authorizedAt'>,
  found: Installation,
  seenAt: number,
): boolean {
  const at = authorizedAtOf(found);
  if (at === null || at <= asOf) return false;
  const isAhead = at === authorizedAtOf(seen) && at > seenAt;
  return !isAhead || seenAt - asOf > FRESH_MS;
}

/**
 * The same for a pair behind which the customer's own authorization stands: it lifts a tombstone too, but not one that was
 * put up after it, and it beats everything but a later authorization. One that was stored already when the pair was there,
 * and that lies after that moment, is not later: another clock is ahead.
 * @param seen the installation as it was stored when the answer with the pair was there, at `grantedAt`
 */
export function mayStoreAuthorized(
  pair: Credential,
  seen: Pick<Installation, 'state' | 'stateSince' | 'credential' | 'authorizedAt'>,
  stored: Installation,
  grantedAt: number,
): boolean {
  // It was stored although that seemed to fail, or is brought in once more, and has been spent since.
  if (stored.lineage.includes(pair.id)) return false;
  if (stored.state === 'uninstalled') {
    const isTheOneSeen = seen.state === 'uninstalled' && seen.stateSince === stored.stateSince;
    return isTheOneSeen || stored.stateSince <= pair.obtainedAt;
  }
  const at = authorizedAtOf(stored);
  if (stored.credential === null || at === null) return true;
  const isAhead = at === authorizedAtOf(seen) && at > grantedAt;
  return isAhead || at <= pair.obtainedAt;
}
