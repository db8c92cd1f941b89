import axios, {
  AxiosError,
  isAxiosError,
  type AxiosAdapter,
  type AxiosHeaders,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { classifyApiAnswer, isRepairable, type TokenVerdict } from '../decision/classify-api.js';
import { USABLE } from '../decision/demand.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential } from '../installation/credential.js';
import type { InstallationRef } from '../installation/installation-ref.js';
import type { InstallationKeeper } from '../recovery/installation-keeper.js';
import { callerSignal } from './caller-signal.js';
import type { GhlRequestOptions } from './ghl-request.js';
import { assertTokenHost, type TokenHosts } from './host-check.js';
import { quieten } from './quiet-agent.js';
import { didCarryToken, guardRedirects } from './redirects.js';
import { isReplayable, isWhole, prepareBody, SentBodies } from './request-body.js';
import { discard, peekText } from './response-text.js';
import { cleanError, handOver, settle } from './settle.js';
import { hideRequest, showAgain } from './upload.js';

/** What an authorized adapter stands on. */
export interface AuthorizedAdapterParts {
  readonly keeper: InstallationKeeper;
  readonly hosts: TokenHosts;
  readonly apiVersion: string;
  /** Stands in for axios' own adapters. */
  readonly apiAdapter?: AxiosAdapter | undefined;
}

/** One caller's request on its way. */
interface Sending {
  /** The caller's config, which never holds the token. */
  readonly config: InternalAxiosRequestConfig;
  readonly request: GhlRequestOptions;
  readonly inner: AxiosAdapter;
}

/** A body on its way. */
interface Outgoing {
  readonly data: unknown;
  /** Whether the caller's `ghl.body` has made it: then it is not prepared yet. */
  readonly isMade: boolean;
}

/** An answer of any status, ready for the caller. */
interface Answered {
  readonly response: AxiosResponse;
  /** Whether it is one to the token, and not one of a host that was redirected to without it. */
  readonly toToken: boolean;
}

const ANY_STATUS = (): boolean => true;

/**
 * Puts tokens on requests and recovers from 401s, next to axios' own adapter: after all interceptors, on the final URL and body.
 * The token lives on a copy of the config that nobody else gets to see.
 */
export class AuthorizedAdapter {
  private readonly beforeRedirect;
  private readonly sent = new SentBodies();

  constructor(private readonly parts: AuthorizedAdapterParts) {
    this.beforeRedirect = guardRedirects(parts.hosts);
  }

  /** What goes underneath: what the caller chose, or what stands in for axios' own adapters. */
  beneath(chosen: AxiosRequestConfig['adapter'], config?: InternalAxiosRequestConfig): AxiosAdapter {
    const { apiAdapter } = this.parts;
    return apiAdapter !== undefined && typeof chosen !== 'function' ? apiAdapter : axios.getAdapter(chosen, config);
  }

  /** Sends one request of a caller. @param request for whom, and how; `null`: for nobody */
  async send(
    config: InternalAxiosRequestConfig,
    request: GhlRequestOptions | null,
    inner: AxiosAdapter,
  ): Promise<AxiosResponse> {
    // What the caller set by hand is respected: it is the caller's token then, and the caller's trouble.
    if (request === null || config.auth || config.headers.has('Authorization')) return pass(config, inner);
    assertTokenHost(config, this.parts.hosts, request.installation);
    const sending: Sending = { config, request, inner };
    const body = await this.bodyOf(sending);
    const credential = this.parts.keeper.atHand(request.installation) ?? (await this.waitForToken(sending, body));
    const first = await this.attempt(sending, credential, body);
    const { status } = first.response;
    return status === 401 || status === 403 ? this.afterRefusal(sending, credential, first) : settle(first.response);
  }

  /** Recovers and sends once more where that can help; otherwise hands on the refusal with what is known about it. */
  private async afterRefusal(
    sending: Sending,
    rejected: AccessCredential,
    { response, toToken }: Answered,
  ): Promise<AxiosResponse> {
    const verdict = toToken ? await this.read(sending, response) : 'accepted';
    if (!isRepairable(verdict)) return settle(response, explain(verdict, sending.request.installation));
    if (wasReplayed(sending.config)) return settle(response);
    const next = await this.recover(sending, rejected, verdict).catch((error: unknown) => {
      // Nothing is recovered on purpose: then HighLevel's own answer is the caller's.
      if (isGhlAuthError(error, 'GHL_PAUSED')) return error;
      discard(response.data);
      throw error;
    });
    if (isGhlAuthError(next)) return settle(response, next);
    if (next === null || sending.request.replay === false) return settle(response);
    discard(response.data);
    markReplayed(sending.config);
    const again = await this.attempt(
      sending,
      next,
      await this.bodyAgain(sending, 'The installation was recovered, but '),
    );
    return again.response.status === 401 ? this.refuse(sending, again) : settle(again.response);
  }

  /** A refusal of the replay is the caller's: nothing is repaired twice for one request. */
  private async refuse(sending: Sending, { response, toToken }: Answered): Promise<AxiosResponse> {
    const verdict = toToken ? await this.read(sending, response) : 'accepted';
    return settle(response, explain(verdict, sending.request.installation));
  }

  /** One request with one token. Any status is an answer here: the caller's `validateStatus` must not hide a 401. */
  private async attempt(
    { config, request, inner }: Sending,
    credential: AccessCredential,
    { data, isMade }: Outgoing,
  ): Promise<Answered> {
    const own = withFixedTarget(config);
    // Whoever holds the caller's config may have changed it while a token was waited for.
    assertTokenHost(own, this.parts.hosts, request.installation);
    const headers = copyOf(config.headers);
    const body = isMade ? prepareBody(data, config, headers) : data;
    this.sent.note(data);
    if (!headers.has('Version')) headers['Version'] = request.apiVersion ?? this.parts.apiVersion;
    headers['Authorization'] = `Bearer ${credential.token}`;
    own.headers = headers;
    own.data = body;
    own.validateStatus = ANY_STATUS;
    own.beforeRedirect = this.guarding(config.beforeRedirect);
    quieten(config.httpAgent);
    quieten(config.httpsAgent);
    hideRequest(body);
    try {
      const response = await inner(own);
      const toToken = didCarryToken(response.request);
      return { response: handOver(response, config), toToken };
    } catch (error) {
      throw cleanError(error, config);
    } finally {
      // What the adapter still reports about a stream that is being read, it reports with these.
      headers.delete('Authorization');
      showAgain(body);
    }
  }

  private guarding(theirs: InternalAxiosRequestConfig['beforeRedirect']): typeof this.beforeRedirect {
    return theirs === undefined ? this.beforeRedirect : guardRedirects(this.parts.hosts, theirs);
  }

  /** What an answer says about the token. The answer stays readable. */
  private async read({ config }: Sending, response: AxiosResponse): Promise<TokenVerdict> {
    try {
      const { text, data } = await peekText(response.data);
      response.data = data;
      return classifyApiAnswer(response.status, text);
    } catch (error) {
      throw isAxiosError(error) ? error : AxiosError.from(error, AxiosError.ERR_BAD_RESPONSE, config);
    }
  }

  /** The body as the caller gives it; whoever sends a request again (axios-retry, say) gives the same one again. */
  private bodyOf(sending: Sending): Outgoing | Promise<Outgoing> {
    const data: unknown = sending.config.data;
    return this.sent.isSpent(data) ? this.bodyAgain(sending, 'The request was sent before: ') : { data, isMade: false };
  }

  private async bodyAgain({ config, request }: Sending, why: string): Promise<Outgoing> {
    const { installation, body } = request;
    const spent: unknown = config.data;
    const data: unknown = body === undefined ? spent : await body();
    const isFine = body === undefined ? isReplayable(spent) : isWhole(data, spent) && !this.sent.isSpent(data);
    if (isFine) return { data, isMade: body !== undefined };
    const problem =
      body === undefined
        ? 'the body of this request is spent'
        : 'ghl.body() made no body that is whole: it has to make a new one';
    throw new GhlAuthError('GHL_BODY_NOT_REPLAYABLE', why + problem, { installation });
  }

  /** @param body not sent yet: if it breaks off, nobody waits any more */
  private waitForToken({ config, request }: Sending, body: Outgoing): Promise<AccessCredential> {
    const { keeper } = this.parts;
    const place = keeper.placeOf(request.installation);
    return waiting(config, body.data, async (signal) =>
      accessCredentialOf(await keeper.obtain(place, USABLE, { signal })),
    );
  }

  private recover(
    { config, request }: Sending,
    rejected: AccessCredential,
    verdict: 'expired' | 'unclear',
  ): Promise<AccessCredential | null> {
    const { keeper } = this.parts;
    const place = keeper.placeOf(request.installation);
    return waiting(config, undefined, (signal) => keeper.afterRejection(place, rejected, verdict, { signal }));
  }
}

/** On the caller's config, by name: whoever sends a request again (axios-retry, say) gives axios a copy of it. */
const MARK = 'ghlReplayed';
const wasReplayed = (config: object): boolean => (config as Record<string, unknown>)[MARK] === true;
const markReplayed = (config: object): void => void Object.assign(config, { [MARK]: true });

/** A copy in the class that the instance's own release of axios knows: another copy's it may not be able to read. */
const copyOf = (headers: AxiosHeaders): AxiosHeaders =>
  Object.assign(Object.create(Object.getPrototypeOf(headers) as object) as AxiosHeaders, headers);

/** A copy that nobody else can change, with its URL as text: what was looked at is what is sent. */
const withFixedTarget = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
  const copy = { ...config };
  if (copy.url !== undefined && copy.url !== null) copy.url = String(copy.url);
  if (copy.baseURL !== undefined && copy.baseURL !== null) copy.baseURL = String(copy.baseURL);
  return copy;
};

/** Sends a request as it is. What is shown of it is cleaned all the same: it shares its connections with those that carry tokens. */
const pass = async (config: InternalAxiosRequestConfig, inner: AxiosAdapter): Promise<AxiosResponse> => {
  quieten(config.httpAgent);
  quieten(config.httpsAgent);
  try {
    return handOver(await inner(config), config);
  } catch (error) {
    throw cleanError(error, config);
  }
};

/** Waits as long as the caller does. */
const waiting = async <T>(
  config: InternalAxiosRequestConfig,
  body: unknown,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> => {
  const { signal, release } = callerSignal(config, body);
  try {
    return await work(signal);
  } finally {
    release();
  }
};

/** What is known about a rejection that no token repairs, as the cause of axios' own error. */
const explain = (verdict: TokenVerdict, installation: InstallationRef): Error | undefined => {
  if (verdict === 'scope_missing') {
    return new GhlAuthError('GHL_SCOPE_MISSING', 'The token lacks a scope that this call needs', { installation });
  }
  if (verdict === 'token_type_mismatch') {
    return new GhlAuthError('GHL_TOKEN_TYPE_MISMATCH', 'This call wants the other kind of token', { installation });
  }
  return undefined;
};
