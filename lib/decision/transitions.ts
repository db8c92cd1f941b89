import { newId, type Credential } from '../installation/credential.js';
import {
  authorizedAtOf,
  type Installation,
  type InstallationState,
  type Rung,
  type Trouble,
  type UntoldChange,
} from '../installation/installation.js';
import { backOffMs } from './back-off.js';
import { lookLater } from './look-again.js';
import type { RungFailure, RungReport } from './ladder.js';
import type { Policy } from './policy.js';

const MAX_LINEAGE = 8;
const MAX_UNTOLD = 20;

/** The installation in a state, with the change noted that the host has to be told of. */
export const enter = (
  installation: Installation,
  state: InstallationState,
  now: number,
  trouble: Trouble | null,
): Installation => {
  if (installation.state === state) return { ...installation, trouble };
  const isNew = installation.generation === 0 && installation.state === 'pending';
  return announced({ ...installation, state, stateSince: now, trouble }, isNew ? null : installation.state, now);
};

/** The installation with its present state noted as a change that the host has to be told of. */
export const announced = (installation: Installation, from: InstallationState | null, now: number): Installation => {
  const { state: to, trouble, untold } = installation;
  const change: UntoldChange = { id: newId(), from, to, at: now, trouble };
  return { ...installation, untold: [...untold, change].slice(-MAX_UNTOLD) };
};

/** The installation with a new credential: active, whatever it was before. */
export function adopt(
  installation: Installation,
  credential: Credential,
  now: number,
  more: {
    readonly rejections?: number;
    readonly traceId?: string | undefined;
    readonly companyId?: string | null;
    /** Whether somebody uses the installation now. @default true */
    readonly isUse?: boolean;
  } = {},
): Installation {
  const active = enter(installation, 'active', now, null);
  // Nothing else lifts a tombstone.
  const isByCustomer = credential.origin === 'code' || installation.state === 'uninstalled';
  return {
    ...active,
    companyId: more.companyId ?? active.companyId,
    generation: active.generation + 1,
    clientId: credential.clientId,
    credential,
    lineage: descending(installation),
    mark: null,
    lease: null,
    unclear: {},
    rejections: more.rejections ?? 0,
    lacking: [],
    lookAt: null,
    traceId: more.traceId ?? active.traceId,
    authorizedAt: isByCustomer ? credential.obtainedAt : authorizedAtOf(installation),
    lastUsedAt: more.isUse === false ? active.lastUsedAt : now,
  };
}

/** The installation with its refresh token known to be refused. */
export const withRefreshTokenRefused = (installation: Installation): Installation => ({
  ...installation,
  mark: null,
  credential: installation.credential && { ...installation.credential, refreshTokenRefused: true },
});

/** Ids and moments in a text differ from answer to answer that means the same. */
const withoutIds = (text: string): string => text.replace(/[0-9a-f-]{8,}|\d{4,}/gi, '#');

/** Counts an answer of unknown meaning, and tells whether so many equal ones over so long a time now make a refusal. */
export function countUnclear(
  installation: Installation,
  rung: Rung,
  text: string,
  now: number,
  { unclearAnswers }: Policy,
): { readonly installation: Installation; readonly converged: boolean } {
  const before = installation.unclear[rung];
  const constant = withoutIds(text);
  const isEqual = before !== undefined && withoutIds(before.text) === constant;
  const entry = isEqual ? { ...before, count: before.count + 1 } : { text, count: 1, since: now };
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

const NO_WAY_BACK: RungFailure = {
  code: 'GHL_NEEDS_REAUTHORIZATION',
  message: 'No refresh token, company credential or Reconnect is left',
};

/** Whether a rung may still bring something at another time. */
const isOpen = ({ answer }: RungReport): boolean =>
  answer.kind === 'later' || (answer.kind === 'next' && !answer.definite);

const failureIn = ({ answer }: RungReport): RungFailure | null => (answer.kind === 'recovered' ? null : answer.failure);

/** How long a rung asks to be left alone (ms), by HighLevel's word or because it is closed until then. */
const askedWaitMs = ({ answer }: RungReport, now: number): number => {
  if (answer.kind === 'later') return answer.retryAfterMs ?? 0;
  return answer.kind === 'next' ? (answer.retryAt ?? now) - now : 0;
};

/**
 * The installation after a climb that brought no credential.
 *
 * - A rung said that the place is not active: `suspended`.
 * - A rung is open still: `retrying` at the pace of the back-off. What was given up, or suspended with nobody saying
 *   anything definite since, stays so: a look that failed is no news for the host.
 * - All rungs are definitely closed: `needs_reauthorization`.
 */
export function conclude(
  installation: Installation,
  reports: readonly RungReport[],
  policy: Policy,
  now: number,
  random: number,
): Installation {
  const free: Installation = { ...installation, lease: null };
  const last = reports.at(-1);
  if (last?.answer.kind === 'suspended') {
    const lookAt = now + policy.suspendedLookMs;
    return enter(
      free,
      'suspended',
      now,
      troubleOf(free, last.answer.failure, last.rung, now, () => lookAt),
    );
  }
  const open = reports.filter(isOpen);
  const reason = open.at(-1) ?? reports.findLast((report) => failureIn(report) !== null);
  const failure = (reason && failureIn(reason)) ?? NO_WAY_BACK;
  const rung = reason?.rung ?? null;
  if (open.length === 0) {
    const trouble = troubleOf(free, failure, rung, now, () => null);
    const ended = enter(free, 'needs_reauthorization', now, trouble);
    return lookLater({ ...ended, lacking: lackingOf(free, reports, policy) }, policy, now, random);
  }
  const asked = Math.max(0, ...open.map((report) => askedWaitMs(report, now)));
  const atLeastMs = Math.min(asked, 2 * policy.closedRungTryMs);
  const trouble = troubleOf(
    free,
    failure,
    rung,
    now,
    (attempts) => now + Math.max(atLeastMs, backOffMs(attempts, policy.backOff, random)),
  );
  const stays =
    free.state === 'needs_reauthorization' || (free.state === 'suspended' && open.length === reports.length);
  return stays ? { ...free, trouble } : enter(free, 'retrying', now, trouble);
}

const lackingOf = (
  installation: Installation,
  reports: readonly RungReport[],
  policy: Policy,
): Installation['lacking'] => {
  const lacking = new Set(
    reports.flatMap(({ answer }) => (answer.kind === 'next' && answer.lacking ? [answer.lacking] : [])),
  );
  if (!policy.rungs.reconnect) lacking.add('reconnect');
  if (!policy.rungs.mint && installation.locationId !== null && installation.companyId !== null) lacking.add('company');
  return [...lacking];
};

/** What a tombstone is known by in the lineage of what was installed after it. */
export const tombstoneOf = ({ stateSince }: Pick<Installation, 'stateSince'>): string => `uninstalled ${stateSince}`;

const descending = (installation: Installation): readonly string[] => {
  const { credential, lineage, state } = installation;
  const before = credential?.id ?? (state === 'uninstalled' ? tombstoneOf(installation) : null);
  return before === null ? lineage : [before, ...lineage].slice(0, MAX_LINEAGE);
};

/** The tombstone: no credential, and no late answer brings it back. It knows the credentials that it is the end of. */
export const entomb = (installation: Installation, now: number): Installation => ({
  ...enter(installation, 'uninstalled', now, null),
  credential: null,
  lineage: descending(installation),
  mark: null,
  lease: null,
  unclear: {},
  rejections: 0,
  lacking: [],
  lookAt: null,
  authorizedAt: null,
});
