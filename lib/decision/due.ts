import type { Installation } from '../installation/installation.js';
import { isRefreshable } from './ladder.js';
import { renewalMoments, type RenewalWindows } from './renewal.js';

const inState = (installation: Installation, windows: RenewalWindows): number | null => {
  const { state, credential, trouble, mark } = installation;
  if (state === 'uninstalled') return null;
  if (state === 'pending') return installation.stateSince;
  // In trouble, also an unfinished rotation waits for the back-off.
  if (state !== 'active') return trouble?.retryAt ?? null;
  if (mark !== null) return mark.at;
  return credential !== null && isRefreshable(installation) ? renewalMoments(credential, windows).advisoryAt : null;
};

/** When the record next needs attention: renewal, retry, slow look, an unfinished rotation, or a change that is not told yet. */
export function dueOf(installation: Installation, windows: RenewalWindows): number | null {
  const moments = [inState(installation, windows), installation.untold[0]?.at ?? null];
  const set = moments.filter((moment): moment is number => moment !== null);
  return set.length > 0 ? Math.min(...set) : null;
}
