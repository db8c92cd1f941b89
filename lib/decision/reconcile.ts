import type { Installation } from '../installation/installation.js';

/**
 * Whether what this process holds has to be written back, because the store lost it: the record is missing, was rebuilt
 * without a credential, or holds a predecessor of the held credential (a restored backup). By the credential's ancestry, not by
 * counting: a dropped and rebuilt store counts anew.
 */
export function hasGoneBackwards(stored: Installation | null, held: Installation): boolean {
  if (held.credential === null || held.state === 'uninstalled') return false;
  if (stored === null) return true;
  if (stored.state === 'uninstalled') return false;
  if (stored.credential === null) return stored.generation === 0;
  return held.lineage.includes(stored.credential.id);
}

/** The record that repairs it: the held credential, with what the store knows to be untold. */
export const writeBack = (stored: Installation | null, held: Installation): Installation => ({
  ...held,
  lease: null,
  mark: null,
  untold: stored?.untold ?? [],
});
