import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Axios, isAxiosError } from 'axios';
import { messageOf } from '../errors/scrub.js';
import { TransportError, type HighLevelRequest, type HighLevelResponse, type HighLevelTransport } from './transport.js';

const MAX_ANSWER_BYTES = 1_048_576;
/** Token calls come in bursts or rarely. A connection that idled for long may be closed already, and a call on it is one of unknown outcome. */
const CONNECTIONS = { keepAlive: true, maxSockets: 256, timeout: 4_000 };
/** What can fail before a connection is open. After that the request may be on its way, whatever the error is called. */
const OPENING: ReadonlySet<unknown> = new Set(['getaddrinfo', 'connect']);

/** Where a host has several addresses, every one of them must have failed to open. */
const isNeverOpened = (error: unknown): boolean => {
  const { syscall, errors } = (error ?? {}) as { syscall?: unknown; errors?: unknown };
  return Array.isArray(errors) && errors.length > 0 ? errors.every(isNeverOpened) : OPENING.has(syscall);
};

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

const toTransportError = (error: unknown): TransportError => {
  const cause: unknown = isAxiosError(error) ? (error.cause ?? error) : error;
  const reason = codeOf(cause) ?? codeOf(error);
  const message = messageOf(error) || 'no answer';
  const whole = reason === undefined || message.includes(reason) ? message : `${message} (${reason})`;
  return new TransportError(whole, !isNeverOpened(cause), reason);
};

/**
 * The transport for real networks: an axios with nobody's interceptors and defaults. It follows no redirect, so that
 * secrets stay with the host that they were sent to, honours the proxy environment variables, bounds the whole call by
 * its `timeoutMs`, and reads at most 1 MiB of an answer.
 */
export class AxiosTransport implements HighLevelTransport {
  private readonly httpAgent = new HttpAgent(CONNECTIONS);
  private readonly httpsAgent = new HttpsAgent(CONNECTIONS);
  // Not `axios.create`, which takes over what the host has set on `axios.defaults`: a baseURL, an Authorization, an adapter.
  private readonly http = new Axios({
    adapter: 'http',
    httpAgent: this.httpAgent,
    httpsAgent: this.httpsAgent,
    maxContentLength: MAX_ANSWER_BYTES,
    maxRedirects: 0,
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  /** @throws {TransportError} */
  async send({ method, url, headers, body, timeoutMs }: HighLevelRequest): Promise<HighLevelResponse> {
    // axios' own `timeout` starts anew with every phase; the signal bounds the whole call.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await this.http.request<string>({ method, url, headers: { ...headers }, data: body, signal });
      return { status: answer.status, headers: lowerCased(answer.headers), body: answer.data ?? '' };
    } catch (error) {
      if (signal.aborted) throw new TransportError(`no answer within ${timeoutMs} ms`, true, 'ETIMEDOUT');
      throw toTransportError(error);
    }
  }

  /** Closes the connections that are kept for further calls. */
  close(): void {
    this.httpAgent.destroy();
    this.httpsAgent.destroy();
  }
}

const lowerCased = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
