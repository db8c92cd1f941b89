import type { Credential } from '../installation/credential.js';
import type { Installation } from '../installation/installation.js';
import { USABLE, type Demand } from './demand.js';
import { isRefreshable } from './ladder.js';
import { renewalMoments, type RenewalWindows } from './renewal.js';

/** When the scheduled job renews what nobody asks for (ms). */
export interface SweepWindows {
  /** Renewals are spread over so long before the advisory window, by the installation's key. */
  readonly spreadMs: number;
  /** An installation that was not used for so long is left alone until it is used again, or its refresh token grows old. */
  readonly idleAfterMs: number;
  /** A refresh token is renewed at the latest at this age, used or not. HighLevel keeps it for a year. [doc] */
  readonly maxRefreshTokenAgeMs: number;
}

const HASH_RANGE = 2 ** 32;

/** From 0 to 1, always the same for a key: what was made in one minute does not fall due in one minute. */
export function spreadOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / HASH_RANGE;
}

const isIdle = ({ lastUsedAt }: Installation, windows: SweepWindows, now: number): boolean =>
  now - lastUsedAt >= windows.idleAfterMs;

const byAge = (credential: Credential, key: string, { maxRefreshTokenAgeMs }: SweepWindows): number =>
  (credential.refreshTokenIssuedAt ?? credential.obtainedAt) + maxRefreshTokenAgeMs * (1 - spreadOf(key) / 10);

/** When the sweep renews an active installation; `null` where that is left to its first use, as for a minted token. */
export function renewalDue(
  installation: Installation,
  key: string,
  windows: RenewalWindows & SweepWindows,
  now: number,
): number | null {
  const { credential } = installation;
  if (credential === null || !isRefreshable(installation)) return null;
  const late = byAge(credential, key, windows);
  if (isIdle(installation, windows, now)) return late;
  const { advisoryAt } = renewalMoments(credential, windows);
  const spread = Math.min(windows.spreadMs, (credential.expiresAt - credential.obtainedAt) / 4);
  return Math.min(late, advisoryAt - spread * spreadOf(key));
}

/** What the sweep asks of an installation that is due; `null` where there is nothing to ask. */
export function sweepDemand(
  installation: Installation,
  key: string,
  windows: RenewalWindows & SweepWindows,
  now: number,
): Demand | null {
  const { state, credential, mark } = installation;
  if (state === 'uninstalled') return null;
  if (state !== 'active' || credential === null) {
    const at = nextAttemptAt(installation);
    if (at === null || now < at) return null;
    return credential === null ? USABLE : { need: 'replacement', rejected: credential.id, verdict: 'expired' };
  }
  const due = mark === null ? renewalDue(installation, key, windows, now) : mark.at;
  return due !== null && due <= now ? { need: 'renewal', of: credential.id } : null;
}

/** When an installation that is not well is tried again by itself; `null`: not at all. */
export function nextAttemptAt({ state, stateSince, trouble, lookAt }: Installation): number | null {
  if (state === 'needs_reauthorization') return trouble?.retryAt ?? lookAt;
  return trouble === null ? stateSince : trouble.retryAt;
}
