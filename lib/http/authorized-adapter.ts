import axios, { AxiosHeaders, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { classifyApiAnswer, isRepairable, type TokenVerdict } from '../decision/classify-api.js';
import { USABLE } from '../decision/demand.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential } from '../installation/credential.js';
import type { InstallationRef } from '../installation/installation-ref.js';
import type { InstallationKeeper } from '../recovery/installation-keeper.js';
import { callerSignal } from './caller-signal.js';
import { readGhlRequest, type GhlRequestOptions } from './ghl-request.js';
import { assertTokenHost, guardRedirects, type TokenHosts } from './host-check.js';
import { isReplayable, prepareBody } from './request-body.js';
import { discard, peekText } from './response-text.js';
import { cleanError, handOver, settle } from './settle.js';

/** What an authorized adapter stands on. */
export interface AuthorizedAdapterParts {
  readonly keeper: InstallationKeeper;
  readonly hosts: TokenHosts;
  readonly apiVersion: string;
}

const ANY_STATUS = (): boolean => true;

/**
 * Puts tokens on requests and recovers from 401s, next to axios' own adapter: after all interceptors, on the final URL and body.
 * The token lives on a copy of the config that nobody else gets to see.
 */
export class AuthorizedAdapter {
  constructor(private readonly parts: AuthorizedAdapterParts) {}

  /** Sends one request of a caller. */
  async send(config: InternalAxiosRequestConfig, inner: AxiosAdapter): Promise<AxiosResponse> {
    const request = readGhlRequest(config);
    // A header that the caller set by hand is respected: it is the caller's token then, and the caller's trouble.
    if (request === null || config.headers.has('Authorization')) return inner(config);
    assertTokenHost(config, this.parts.hosts, request.installation);
    const credential = this.parts.keeper.atHand(request.installation) ?? (await this.waitForToken(config, request.installation));
    const first = await this.attempt(config, request, credential, inner, config.data);
    if (first.status !== 401 && first.status !== 403) return settle(first);
    return this.afterRejection(config, request, credential, inner, first);
  }

  private async afterRejection(
    config: InternalAxiosRequestConfig,
    request: GhlRequestOptions,
    credential: AccessCredential,
    inner: AxiosAdapter,
    first: AxiosResponse,
  ): Promise<AxiosResponse> {
    const { text, data } = await peekText(first.data);
    first.data = data;
    const verdict = classifyApiAnswer(first.status, text);
    if (!isRepairable(verdict)) return settle(first, explain(verdict, request.installation));
    const { keeper } = this.parts;
    const next = await this.whileWaiting(config, (signal) => keeper.afterRejection(keeper.placeOf(request.installation), credential, verdict, { signal }));
    if (next === null || request.replay === false) return settle(first);
    discard(data);
    const again = await this.attempt(config, request, next, inner, this.bodyAgain(config, request), true);
    return settle(again);
  }

  /** One request with one token. Any status is an answer here: the caller's `validateStatus` must not hide a 401. */
  private async attempt(
    config: InternalAxiosRequestConfig,
    request: GhlRequestOptions,
    credential: AccessCredential,
    inner: AxiosAdapter,
    data: unknown,
    isReplay = false,
  ): Promise<AxiosResponse> {
    const headers = new AxiosHeaders(config.headers);
    const body: unknown = isReplay && request.body !== undefined ? prepareBody(data, config, headers) : data;
    if (!headers.has('Version')) headers.set('Version', request.apiVersion ?? this.parts.apiVersion);
    headers.set('Authorization', `Bearer ${credential.token}`);
    const beforeRedirect = guardRedirects(this.parts.hosts, config.beforeRedirect);
    try {
      const response = await inner({ ...config, headers, data: body, validateStatus: ANY_STATUS, beforeRedirect });
      return handOver(response, config);
    } catch (error) {
      throw cleanError(error, config);
    }
  }

  private bodyAgain(config: InternalAxiosRequestConfig, { installation, body }: GhlRequestOptions): unknown {
    if (body !== undefined) return body();
    if (isReplayable(config.data)) return config.data as unknown;
    throw new GhlAuthError('GHL_BODY_NOT_REPLAYABLE', 'The installation was recovered, but the body of this request is spent', { installation });
  }

  private waitForToken(config: InternalAxiosRequestConfig, ref: InstallationRef): Promise<AccessCredential> {
    const { keeper } = this.parts;
    return this.whileWaiting(config, async (signal) => accessCredentialOf(await keeper.obtain(keeper.placeOf(ref), USABLE, { signal })));
  }

  private async whileWaiting<T>(config: InternalAxiosRequestConfig, work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    const { signal, release } = callerSignal(config);
    try {
      return await work(signal);
    } finally {
      release();
    }
  }
}

/** What is known about a rejection that no token repairs, as the cause of axios' own error. */
const explain = (verdict: TokenVerdict, installation: InstallationRef): Error | undefined => {
  if (verdict === 'scope_missing') return new GhlAuthError('GHL_SCOPE_MISSING', 'The token lacks a scope that this call needs', { installation });
  if (verdict === 'token_type_mismatch') return new GhlAuthError('GHL_TOKEN_TYPE_MISMATCH', 'This call wants the other kind of token', { installation });
  return undefined;
};

/** The adapter that axios itself would use for a config. */
export const plainAdapter: AxiosAdapter = (config) => axios.getAdapter(axios.defaults.adapter)(config);
