import type { Installation } from '../installation/installation.js';
import { mayStore, mayStoreAuthorized, type Ancestry } from './fence.js';
import { adopt } from './transitions.js';

/** A new pair that the store has not taken, as it is left for whoever comes next. */
export interface LeftPair {
  /** The record as it would be. */
  readonly installation: Installation;
  /** Whether the customer's own authorization stands behind it. */
  readonly byCustomer: boolean;
  /** Since when the tombstone stood that it was to lift; `null` where there was none. */
  readonly tombstone: number | null;
}

const madeFrom = ({ lineage: [parent, ...older] }: Installation): Ancestry => ({
  credential: parent === undefined ? null : { id: parent },
  lineage: older,
});

/**
 * The record with a pair that another process could not store; `null` where what is stored has no use for it: it is stored
 * already, something newer is, or the place was uninstalled.
 */
export function takeBack(found: Installation | null, left: LeftPair, now: number): Installation | null {
  const { installation, byCustomer, tombstone } = left;
  const { credential, companyId, rejections, traceId, lastUsedAt } = installation;
  if (found === null) return installation;
  if (credential === null || found.credential?.id === credential.id) return null;
  const state = tombstone === null ? 'active' : 'uninstalled';
  const seen = { state, stateSince: tombstone ?? 0, credential: null } as const;
  const isFree = byCustomer
    ? mayStoreAuthorized(credential, seen, found, credential.obtainedAt)
    : mayStore(credential, madeFrom(installation), found);
  if (!isFree) return null;
  const more = { companyId, rejections, traceId: traceId ?? undefined, isUse: false };
  return { ...adopt(found, credential, now, more), lastUsedAt: Math.max(found.lastUsedAt, lastUsedAt) };
}
