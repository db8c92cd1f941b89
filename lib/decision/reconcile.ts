import type { Installation } from '../installation/installation.js';
import { announced, enter, tombstoneOf } from './transitions.js';

/**
 * Whether what this process holds has to be written back, because the store lost it: the record is missing, was rebuilt
 * without a credential, or holds a predecessor of the held credential (a restored backup), also of one that was uninstalled
 * since, or a tombstone that the held credential has lifted. By the credential's ancestry, not by counting: a dropped and rebuilt store counts anew.
 */
export function hasGoneBackwards(stored: Installation | null, held: Installation): boolean {
  const isAncestor = stored?.credential != null && held.lineage.includes(stored.credential.id);
  if (held.state === 'uninstalled') return isAncestor && stored.state !== 'uninstalled';
  if (held.credential === null) return false;
  if (stored === null) return true;
  if (stored.state === 'uninstalled') return held.lineage.includes(tombstoneOf(stored));
  return stored.credential === null ? stored.generation === 0 : isAncestor;
}

/**
 * The record that repairs it: what is held, and the news that it is so again. What the host has still to hear stands in either; of a
 * record that is missing nobody knows what the host heard last.
 */
export function writeBack(stored: Installation | null, held: Installation, now: number): Installation {
  const free: Installation = { ...held, lease: null, mark: null };
  if (stored === null) return announced(free, null, now);
  const known = new Set(stored.untold.map(({ id }) => id));
  const untold = [...stored.untold, ...held.untold.filter(({ id }) => !known.has(id))];
  const from = { ...free, state: stored.state, stateSince: stored.stateSince, untold };
  const entered = enter(from, held.state, now, held.trouble);
  // A tombstone keeps its moment: what the customer authorized since is later.
  return held.state === 'uninstalled' ? { ...entered, stateSince: held.stateSince } : entered;
}
