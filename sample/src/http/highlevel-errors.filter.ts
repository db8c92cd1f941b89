import { type ArgumentsHost, Catch, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AxiosError } from 'axios';
import { GhlAuthError, GhlAuthExceptionFilter, isGhlAuthError } from 'nestjs-ghl-auth';
import { OAuthState } from '../connections/oauth-state.js';

/** What HighLevel answers about the request itself, and not about the connection. */
const PASSED_ON = [400, 403, 404, 422];

/**
 * Answers for what went wrong with HighLevel: as the module's own filter does (409 where the customer has to act, 503 with
 * `Retry-After` where waiting helps), with this backend's `state` on the link; and for HighLevel's answers to our calls.
 * Never 401: that would sign this backend's own users out, who have done nothing wrong.
 */
@Catch(GhlAuthError, AxiosError)
export class HighLevelErrorsFilter extends GhlAuthExceptionFilter {
  private readonly logger = new Logger('HighLevel');

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly states: OAuthState,
  ) {
    super(adapters);
  }

  override catch(error: GhlAuthError | AxiosError, context: ArgumentsHost): void {
    const known = isGhlAuthError(error) ? error : isGhlAuthError(error.cause) ? error.cause : null;
    if (known === null) return this.passOn(error as AxiosError, context);
    const { code, message, help, traceId } = known;
    this.logger.warn(`${code}: ${message}. ${help}${traceId ? ` (traceId ${traceId})` : ''}`);
    super.catch(this.withState(known), context);
  }

  /** The callback takes only links with a `state`, so the link for the customer gets one. */
  private withState(error: GhlAuthError): GhlAuthError {
    const { code, message, reauthorizeUrl } = error;
    if (reauthorizeUrl === undefined) return error;
    const link = `${reauthorizeUrl}&state=${encodeURIComponent(this.states.issue())}`;
    return new GhlAuthError(code, message, { reauthorizeUrl: link });
  }

  private passOn({ message, response: answer }: AxiosError, context: ArgumentsHost): void {
    this.logger.warn(`HighLevel: ${message}`);
    const { httpAdapter } = this.adapters;
    const response: unknown = context.switchToHttp().getResponse();
    const isBusy = answer?.status === 429;
    const statusCode = isBusy ? 503 : answer && PASSED_ON.includes(answer.status) ? answer.status : 502;
    if (isBusy) httpAdapter.setHeader(response, 'Retry-After', '10');
    httpAdapter.reply(response, { statusCode, message: isBusy ? 'HighLevel is busy' : message }, statusCode);
  }
}
