import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';

/** Never 401: the host's own front end would take that for the end of its user's session. */
const STATUS: Readonly<Record<GhlAuthErrorCode, number>> = {
  GHL_NEEDS_REAUTHORIZATION: 409,
  GHL_SUSPENDED: 409,
  GHL_UNINSTALLED: 409,
  GHL_SCOPE_MISSING: 403,
  GHL_TOKEN_TYPE_MISMATCH: 500,
  GHL_REF_INVALID: 400,
  GHL_GRANT_REFUSED: 400,
  GHL_INSTALLATION_UNKNOWN: 404,
  GHL_RECOVERY_PENDING: 503,
  GHL_PAUSED: 503,
  GHL_UPSTREAM_UNAVAILABLE: 503,
  GHL_RATE_LIMITED: 503,
  GHL_STORE_FAILED: 503,
  GHL_SEALING_FAILED: 503,
  GHL_TOKEN_WAIT_TIMEOUT: 503,
  GHL_SHUTTING_DOWN: 503,
  GHL_BODY_NOT_REPLAYABLE: 503,
  GHL_CLIENT_REJECTED: 503,
  GHL_RECONNECT_UNAVAILABLE: 503,
  GHL_UNEXPECTED_RESPONSE: 502,
  GHL_CONFIG_INVALID: 500,
  GHL_REF_MISSING: 500,
  GHL_FOREIGN_HOST: 500,
  GHL_RECORD_UNREADABLE: 500,
};

/** What a client of the host may be told: errors that are the host's own doing stay in its log. */
const PUBLIC_STATUS = new Set([400, 403, 404, 409, 502, 503]);

/**
 * Answers a {@link GhlAuthError} that a controller let through: 409 where the customer has to act (with `reauthorizeUrl`), 503 with
 * `Retry-After` where waiting helps, never 401. Use it with `{ provide: APP_FILTER, useClass: GhlAuthExceptionFilter }` or `@UseFilters`.
 *
 * The body is `{ statusCode, error, message, reauthorizeUrl?, retryAt? }`, with the error's code as `error`.
 */
@Catch(GhlAuthError)
export class GhlAuthExceptionFilter implements ExceptionFilter<GhlAuthError> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: GhlAuthError, context: ArgumentsHost): void {
    if (context.getType() !== 'http') throw error;
    const { httpAdapter } = this.host;
    const response: unknown = context.switchToHttp().getResponse();
    const statusCode = STATUS[error.code] ?? 500;
    if (statusCode === 503) httpAdapter.setHeader(response, 'Retry-After', String(retryAfterSeconds(error)));
    httpAdapter.reply(response, bodyOf(error, statusCode), statusCode);
  }
}

const retryAfterSeconds = ({ retryAt }: GhlAuthError): number =>
  retryAt === undefined ? 1 : Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1_000));

const bodyOf = (
  { code, message, reauthorizeUrl, retryAt }: GhlAuthError,
  statusCode: number,
): Record<string, unknown> => ({
  statusCode,
  error: code,
  message: PUBLIC_STATUS.has(statusCode) ? message : 'Internal server error',
  ...(reauthorizeUrl === undefined ? {} : { reauthorizeUrl }),
  ...(retryAt === undefined ? {} : { retryAt: retryAt.toISOString() }),
});
