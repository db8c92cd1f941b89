import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import { isGhlAuthError, type GhlAuthError } from '../errors/ghl-auth-error.js';
import { messageOf } from '../errors/scrub.js';
import type { InstallationRef } from '../installation/installation-ref.js';
import type { Rung } from '../installation/installation.js';
import type { JobItem, JobOutcome } from './job-types.js';

/** What a job does after an installation could not be worked on to the end. */
export type Verdict =
  | { readonly kind: 'ended'; readonly outcome: JobOutcome }
  /** Trouble that passes: once more a little later. What it is called if it does not pass: */
  | { readonly kind: 'again'; readonly outcome: JobOutcome }
  /** Nothing is to be had for any installation: the job pauses, and this one is still to be done. */
  | { readonly kind: 'pause' }
  /** The key pair was refused. Several times in a row it is no trouble of the installation's. */
  | { readonly kind: 'client' }
  /** The process is ending: somebody else does it. */
  | { readonly kind: 'leave' };

const ended = (outcome: JobOutcome): Verdict => ({ kind: 'ended', outcome });
const again = (outcome: JobOutcome): Verdict => ({ kind: 'again', outcome });

const VERDICTS: Readonly<Partial<Record<GhlAuthErrorCode, Verdict>>> = {
  GHL_NEEDS_REAUTHORIZATION: ended('needs_reauthorization'),
  GHL_RECONNECT_UNAVAILABLE: ended('needs_reauthorization'),
  GHL_GRANT_REFUSED: ended('needs_reauthorization'),
  GHL_SUSPENDED: ended('suspended'),
  GHL_UNINSTALLED: ended('uninstalled'),
  GHL_INSTALLATION_UNKNOWN: ended('unknown'),
  GHL_UNEXPECTED_RESPONSE: ended('waiting'),
  GHL_RECOVERY_PENDING: again('waiting'),
  GHL_UPSTREAM_UNAVAILABLE: again('waiting'),
  GHL_RATE_LIMITED: again('waiting'),
  GHL_TOKEN_WAIT_TIMEOUT: again('waiting'),
  GHL_STORE_FAILED: again('failed'),
  GHL_CLIENT_REJECTED: { kind: 'client' },
  GHL_PAUSED: { kind: 'pause' },
  GHL_SHUTTING_DOWN: { kind: 'leave' },
};

/** What an error means for the job. */
export const verdictOn = (error: unknown): Verdict =>
  (isGhlAuthError(error) ? VERDICTS[error.code] : undefined) ?? ended('failed');

/** What became of an installation, before it is said when. */
export type Result = Omit<JobItem, 'at' | 'ms'>;

export const resultOf = (
  installation: InstallationRef | null,
  outcome: JobOutcome,
  rung: Rung | null = null,
  traceId: string | null = null,
): Result => ({ installation, outcome, rung, code: null, message: null, status: null, traceId });

/** The same, of an error. */
export const failureOf = (installation: InstallationRef, outcome: JobOutcome, error: unknown): Result => {
  const { code, status, traceId }: Partial<GhlAuthError> = isGhlAuthError(error) ? error : {};
  const message = messageOf(error).slice(0, 300);
  return {
    ...resultOf(installation, outcome, null, traceId ?? null),
    code: code ?? null,
    message,
    status: status ?? null,
  };
};
