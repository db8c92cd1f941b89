import type { Credential } from '../installation/credential.js';
import type { Installation } from '../installation/installation.js';

/**
 * Whether a new pair may be stored over what is stored now. The fence is the credential that the pair was made from, not
 * the lease: a late pair is stored unless something newer is, or the place was uninstalled.
 * @param madeFrom the installation as it was when the pair was asked for
 */
export function mayStore(pair: Credential, madeFrom: Installation, stored: Installation): boolean {
  if (stored.state === 'uninstalled') return false;
  const found = stored.credential;
  const parent = madeFrom.credential?.id;
  if (found === null || found.id === parent) return true;
  if (madeFrom.lineage.includes(found.id)) return true;
  if (parent !== undefined && stored.lineage.includes(parent)) return false;
  return found.obtainedAt < pair.obtainedAt;
}
