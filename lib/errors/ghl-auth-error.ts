import { ERROR_CODES, type GhlAuthErrorCode } from './error-codes.js';

const BRAND = Symbol.for('nestjs-ghl-auth.error');

/** The installation that an error is about. */
export interface GhlAuthErrorInstallation {
  readonly locationId?: string | undefined;
  readonly companyId?: string | undefined;
}

/** What a {@link GhlAuthError} can carry besides its code and message. */
export interface GhlAuthErrorDetails {
  /** The installation concerned. */
  readonly installation?: GhlAuthErrorInstallation | undefined;
  /** HighLevel's own id of the call: what its support asks for. */
  readonly traceId?: string | undefined;
  /** HTTP status of HighLevel's answer. */
  readonly status?: number | undefined;
  /** When the next attempt makes sense. */
  readonly retryAt?: Date | undefined;
  /** With `GHL_NEEDS_REAUTHORIZATION`: the page on which the customer authorizes the app again. */
  readonly reauthorizeUrl?: string | undefined;
  /** Overrides the usual advice of the code. */
  readonly help?: string | undefined;
  /** What led to it, cleaned of secrets. */
  readonly cause?: unknown;
}

/**
 * Every error of this module. Tell them apart by `code`, never by message or class; see {@link isGhlAuthError}.
 * Carries no token, code or client secret in any property. What is unknown is no property at all.
 */
export class GhlAuthError extends Error {
  /** Also for an error from another copy of the package, which makes `@Catch(GhlAuthError)` work there. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // Inherited by classes that extend this one, whose instances are their own.
    return this === GhlAuthError ? isGhlAuthError(value) : super[Symbol.hasInstance](value);
  }

  override readonly name = 'GhlAuthError';
  /** The stable reason. */
  readonly code: GhlAuthErrorCode;
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What to do about it, in a sentence or two. */
  readonly help: string;
  /** The installation concerned. */
  declare readonly installation?: GhlAuthErrorInstallation;
  /** HighLevel's own id of the call: what its support asks for. */
  declare readonly traceId?: string;
  /** HTTP status of HighLevel's answer. */
  declare readonly status?: number;
  /** When the next attempt makes sense. */
  declare readonly retryAt?: Date;
  /** With `GHL_NEEDS_REAUTHORIZATION`: the page on which the customer authorizes the app again. */
  declare readonly reauthorizeUrl?: string;

  constructor(code: GhlAuthErrorCode, message: string, details: GhlAuthErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = ERROR_CODES[code].retryable;
    this.help = details.help ?? ERROR_CODES[code].help;
    if (details.installation) this.installation = details.installation;
    if (details.traceId) this.traceId = details.traceId;
    if (details.status !== undefined) this.status = details.status;
    if (details.retryAt) this.retryAt = details.retryAt;
    if (details.reauthorizeUrl) this.reauthorizeUrl = details.reauthorizeUrl;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The error as data, for logs and answers. Without stack and cause. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, retryable, help, installation, traceId, status, retryAt, reauthorizeUrl } = this;
    return { name, code, message, retryable, help, installation, traceId, status, retryAt, reauthorizeUrl };
  }
}

/**
 * Whether something is an error of this module, also when it comes from another copy of the package (an ES module and a
 * CommonJS one in the same process, say), where `instanceof` fails.
 * @param code only errors with this code
 */
export function isGhlAuthError<C extends GhlAuthErrorCode = GhlAuthErrorCode>(
  error: unknown,
  code?: C,
): error is GhlAuthError & { readonly code: C } {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as unknown as GhlAuthError).code === code;
}
