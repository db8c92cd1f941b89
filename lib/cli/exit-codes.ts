import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import { isGhlAuthError } from '../errors/ghl-auth-error.js';

/** What the command ends with. */
export const EXIT = {
  /** All is well. */
  ok: 0,
  /** Something failed, or is not well. */
  failure: 1,
  /** The command line or the host's file is wrong; nothing was done. */
  usage: 2,
  /** Some installations have no usable credential. */
  notRecovered: 3,
  /** Nothing matched. */
  nothing: 4,
  /** Recovery is paused. */
  paused: 5,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end that the command says in its own words. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

const CODES: Readonly<Partial<Record<GhlAuthErrorCode, ExitCode>>> = {
  GHL_CONFIG_INVALID: EXIT.usage,
  GHL_REF_INVALID: EXIT.usage,
  GHL_INSTALLATION_UNKNOWN: EXIT.nothing,
  GHL_PAUSED: EXIT.paused,
  GHL_UNINSTALLED: EXIT.notRecovered,
  GHL_SUSPENDED: EXIT.notRecovered,
  GHL_NEEDS_REAUTHORIZATION: EXIT.notRecovered,
  GHL_RECOVERY_PENDING: EXIT.notRecovered,
  GHL_RECONNECT_UNAVAILABLE: EXIT.notRecovered,
  GHL_GRANT_REFUSED: EXIT.notRecovered,
  GHL_CLIENT_REJECTED: EXIT.notRecovered,
};

/** What the command ends with because of an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  return isGhlAuthError(error) ? (CODES[error.code] ?? EXIT.failure) : EXIT.failure;
}
