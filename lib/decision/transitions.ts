import { newId, type Credential } from '../installation/credential.js';
import type { Installation, InstallationState, Rung, Trouble, UntoldChange } from '../installation/installation.js';
import { backOffMs } from './back-off.js';
import type { RungFailure, RungReport } from './ladder.js';
import type { Policy } from './policy.js';

const MAX_LINEAGE = 8;
const MAX_UNTOLD = 20;

const enter = (installation: Installation, state: InstallationState, now: number, trouble: Trouble | null): Installation => {
  if (installation.state === state) return { ...installation, trouble };
  const change: UntoldChange = { id: newId(), from: installation.generation === 0 && installation.state === 'pending' ? null : installation.state, to: state, at: now, trouble };
  return { ...installation, state, stateSince: now, trouble, untold: [...installation.untold, change].slice(-MAX_UNTOLD) };
};

/** The installation with a new credential: active, whatever it was before. */
export function adopt(
  installation: Installation,
  credential: Credential,
  now: number,
  more: { readonly rejections?: number; readonly traceId?: string | undefined; readonly companyId?: string | null } = {},
): Installation {
  const predecessor = installation.credential?.id;
  const active = enter(installation, 'active', now, null);
  return {
    ...active,
    companyId: active.companyId ?? more.companyId ?? null,
    generation: active.generation + 1,
    clientId: credential.clientId,
    credential,
    lineage: predecessor === undefined ? active.lineage : [predecessor, ...active.lineage].slice(0, MAX_LINEAGE),
    mark: null,
    lease: null,
    unclear: {},
    rejections: more.rejections ?? 0,
    lacking: [],
    traceId: more.traceId ?? active.traceId,
  };
}

/** The installation with its refresh token known to be refused. */
export const withRefreshTokenRefused = (installation: Installation): Installation => ({
  ...installation,
  mark: null,
  credential: installation.credential && { ...installation.credential, refreshTokenRefused: true },
});

/** Counts an answer of unknown meaning, and tells whether so many equal ones over so long a time now make a refusal. */
export function countUnclear(
  installation: Installation,
  rung: Rung,
  text: string,
  now: number,
  { unclearAnswers }: Policy,
): { readonly installation: Installation; readonly converged: boolean } {
  const before = installation.unclear[rung];
  const entry = before?.text === text ? { ...before, count: before.count + 1 } : { text, count: 1, since: now };
  return {
    installation: { ...installation, unclear: { ...installation.unclear, [rung]: entry } },
    converged: entry.count >= unclearAnswers.count && now - entry.since >= unclearAnswers.spreadMs,
  };
}

const troubleOf = (
  installation: Installation,
  failure: RungFailure,
  rung: Rung | null,
  now: number,
  retryAt: (attempts: number) => number | null,
): Trouble => {
  const attempts = (installation.trouble?.attempts ?? 0) + 1;
  return {
    code: failure.code,
    message: failure.message,
    rung,
    status: failure.status,
    traceId: failure.traceId,
    since: installation.trouble?.since ?? now,
    at: now,
    attempts,
    retryAt: retryAt(attempts),
  };
};

const NO_WAY_BACK: RungFailure = { code: 'GHL_NEEDS_REAUTHORIZATION', message: 'No refresh token, company credential or Reconnect is left' };

/** The installation after a climb that brought no credential. */
export function conclude(
  installation: Installation,
  reports: readonly RungReport[],
  policy: Policy,
  now: number,
  random: number,
): Installation {
  const free: Installation = { ...installation, lease: null };
  const backOff = (atLeastMs = 0) => (attempts: number) => now + Math.max(atLeastMs, backOffMs(attempts, policy.backOff, random));
  const last = reports.at(-1);
  if (last?.answer.kind === 'suspended') {
    return enter(free, 'suspended', now, troubleOf(free, last.answer.failure, last.rung, now, () => now + policy.suspendedLookMs));
  }
  const open = reports.filter(({ answer }) => answer.kind === 'later' || (answer.kind === 'next' && !answer.definite));
  const reason = open.at(-1) ?? reports.findLast(({ answer }) => answer.kind === 'next' && answer.failure !== null);
  const failure = (reason?.answer.kind === 'later' || reason?.answer.kind === 'next' ? reason.answer.failure : null) ?? NO_WAY_BACK;
  const rung = reason?.rung ?? null;
  const wasGivenUp = free.state === 'needs_reauthorization';

  if (open.length > 0) {
    const asked = open.map(({ answer }) => (answer.kind === 'later' ? (answer.retryAfterMs ?? 0) : answer.kind === 'next' ? (answer.retryAt ?? now) - now : 0));
    const trouble = troubleOf(free, failure, rung, now, backOff(Math.min(Math.max(0, ...asked), 2 * policy.closedRungTryMs)));
    // What was given up stays so until something is recovered: a try of a reopened rung that failed is no news for the host.
    return wasGivenUp ? { ...free, trouble } : enter(free, 'retrying', now, trouble);
  }
  const trouble = troubleOf(free, failure, rung, now, () => null);
  return { ...enter(free, 'needs_reauthorization', now, trouble), lacking: lackingOf(free, reports, policy) };
}

const lackingOf = (installation: Installation, reports: readonly RungReport[], policy: Policy): Installation['lacking'] => {
  const lacking = new Set(reports.flatMap(({ answer }) => (answer.kind === 'next' && answer.lacking ? [answer.lacking] : [])));
  if (!policy.rungs.reconnect) lacking.add('reconnect');
  if (!policy.rungs.mint && installation.locationId !== null && installation.companyId !== null) lacking.add('company');
  return [...lacking];
};

/** The tombstone: no credential, and no late answer brings it back. */
export const entomb = (installation: Installation, now: number): Installation => ({
  ...enter(installation, 'uninstalled', now, null),
  credential: null,
  lineage: [],
  mark: null,
  lease: null,
  unclear: {},
  rejections: 0,
  lacking: [],
});
