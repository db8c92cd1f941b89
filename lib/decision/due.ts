import type { Installation } from '../installation/installation.js';
import type { RenewalWindows } from './renewal.js';
import { nextAttemptAt, renewalDue, type SweepWindows } from './sweep.js';

const inState = (
  installation: Installation,
  key: string,
  windows: RenewalWindows & SweepWindows,
  now: number,
): number | null => {
  const { state, mark } = installation;
  if (state === 'uninstalled') return null;
  // In trouble, also an unfinished rotation waits for the back-off.
  if (state !== 'active') return nextAttemptAt(installation);
  if (mark !== null) return mark.at;
  return renewalDue(installation, key, windows, now);
};

/** When the record next needs attention: renewal, retry, slow look, an unfinished rotation, or a change that is not told yet. */
export function dueOf(
  installation: Installation,
  key: string,
  windows: RenewalWindows & SweepWindows,
  now: number,
): number | null {
  const moments = [inState(installation, key, windows, now), installation.untold[0]?.at ?? null];
  const set = moments.filter((moment): moment is number => moment !== null);
  return set.length > 0 ? Math.min(...set) : null;
}
