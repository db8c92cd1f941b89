import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AxiosError } from 'axios';
import { GhlAuthError, type GhlAuthErrorCode, isGhlAuthError } from 'nestjs-ghl-auth';
import { OAuthState } from '../connections/oauth-state.js';

/** What the customer's browser is answered. */
interface Answer {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  /** Where the customer connects HighLevel again. */
  readonly link?: string;
  readonly retryAfterS?: number;
}

/** What the customer has to settle, or a caller has got wrong. Everything else is trouble that passes: 503. */
const STATUSES: Partial<Record<GhlAuthErrorCode, number>> = {
  GHL_NEEDS_REAUTHORIZATION: 409,
  GHL_SUSPENDED: 409,
  GHL_UNINSTALLED: 409,
  GHL_SCOPE_MISSING: 409,
  GHL_INSTALLATION_UNKNOWN: 404,
  GHL_REF_INVALID: 400,
  GHL_GRANT_REFUSED: 400,
};

/** What HighLevel answers about the request itself, not about the connection. */
const PASSED_ON = [400, 403, 404, 422];

/**
 * Answers for what went wrong with HighLevel. Never with 401: that would sign this backend's own users out, who have done
 * nothing wrong.
 */
@Catch(GhlAuthError, AxiosError)
export class HighLevelErrorsFilter implements ExceptionFilter {
  private readonly logger = new Logger('HighLevel');

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly states: OAuthState,
  ) {}

  catch(error: GhlAuthError | AxiosError, context: ArgumentsHost): void {
    const { status, retryAfterS, ...body } = isGhlAuthError(error) ? this.answerTo(error) : this.passOn(error);
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.host;
    if (retryAfterS !== undefined) httpAdapter.setHeader(response, 'Retry-After', String(retryAfterS));
    httpAdapter.reply(response, { statusCode: status, ...body }, status);
  }

  private answerTo({ code, message, help, retryable, retryAt, reauthorizeUrl, traceId }: GhlAuthError): Answer {
    this.logger.warn(`${code}: ${message}. ${help}${traceId ? ` (traceId ${traceId})` : ''}`);
    const status = STATUSES[code] ?? (retryable ? 503 : 500);
    return {
      status,
      code,
      message,
      ...(reauthorizeUrl && { link: `${reauthorizeUrl}&state=${encodeURIComponent(this.states.issue())}` }),
      ...(status === 503 && { retryAfterS: secondsUntil(retryAt) }),
    };
  }

  private passOn(error: AxiosError): Answer {
    const { message, cause, response } = error;
    this.logger.warn(`HighLevel: ${message}`);
    if (isGhlAuthError(cause)) return this.answerTo(cause);
    if (response?.status === 429) return { status: 503, message: 'HighLevel is busy', retryAfterS: 10 };
    if (response && PASSED_ON.includes(response.status)) return { status: response.status, message };
    return { status: 502, message: 'HighLevel did not answer as expected' };
  }
}

const secondsUntil = (moment: Date | undefined): number =>
  Math.max(1, Math.ceil(((moment?.getTime() ?? 0) - Date.now()) / 1_000));
