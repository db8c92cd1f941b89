import type { Installation } from '../installation/installation.js';

const DAY_MS = 86_400_000;

/** Something that was closed or missing, and is there again. */
export type Reopened =
  | { readonly what: 'reconnect' | 'clients'; readonly clientId: string }
  | { readonly what: 'company'; readonly companyId: string };

/**
 * The installation with the moment at which the sweep next looks whether a way back that it lacks is there again: first
 * after the time between two tries of a closed rung, then ever more rarely, and in the end once a day. Spread out, so that
 * what ended in one minute is not looked at in one minute.
 */
export function lookLater(
  installation: Installation,
  { closedRungTryMs }: { readonly closedRungTryMs: number },
  now: number,
  random: number,
): Installation {
  const { trouble } = installation;
  const ended = { ...installation, trouble: trouble && { ...trouble, retryAt: null } };
  if (ended.lacking.length === 0) return { ...ended, lookAt: null };
  const longest = Math.max(DAY_MS, closedRungTryMs);
  const pace = Math.min(longest, Math.max(closedRungTryMs, now - ended.stateSince));
  return { ...ended, lookAt: now + Math.round(pace * (1 + random / 2)) };
}

/** The installation, due at once because of what is there again; `null` where that does not concern it. */
export function lookNow(installation: Installation, reopened: Reopened, now: number): Installation | null {
  const { state, lacking, lookAt, trouble, clientId, companyId, locationId } = installation;
  if (reopened.what === 'company') {
    const isChild = locationId !== null && companyId === reopened.companyId;
    if (!isChild || state !== 'needs_reauthorization' || !lacking.includes('company')) return null;
  } else {
    if (clientId !== null && clientId !== reopened.clientId) return null;
    // In trouble because of the client id: the next attempt need not wait any longer.
    if (state === 'retrying' && reopened.what === 'clients') {
      const isWaiting = trouble?.code === 'GHL_CLIENT_REJECTED' && trouble.retryAt !== null && trouble.retryAt > now;
      return isWaiting ? { ...installation, trouble: { ...trouble, retryAt: now } } : null;
    }
    if (state !== 'needs_reauthorization' || !lacking.includes('reconnect')) return null;
  }
  return lookAt !== null && lookAt <= now ? null : { ...installation, lookAt: now };
}
