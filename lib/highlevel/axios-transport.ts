import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError, type AxiosInstance } from 'axios';
import { TransportError, type HighLevelRequest, type HighLevelResponse, type HighLevelTransport } from './transport.js';

const MAX_ANSWER_BYTES = 1_048_576;
const MAX_SOCKETS = 256;
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

const toTransportError = (error: unknown): TransportError => {
  const cause: unknown = isAxiosError(error) ? (error.cause ?? error) : error;
  const reason = codeOf(cause) ?? codeOf(error);
  const neverConnected = reason !== undefined && NEVER_CONNECTED.has(reason);
  const message = error instanceof Error && error.message !== '' ? error.message : 'no answer';
  return new TransportError(reason && !message.includes(reason) ? `${message} (${reason})` : message, !neverConnected, reason);
};

/**
 * The transport for real networks: an axios of its own, with nobody's interceptors and defaults. It follows no redirect, so that
 * secrets stay with the host that they were sent to, honours the proxy environment variables, and bounds what it reads.
 */
export class AxiosTransport implements HighLevelTransport {
  private readonly http: AxiosInstance = axios.create({
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    maxContentLength: MAX_ANSWER_BYTES,
    maxRedirects: 0,
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  async send({ method, url, headers, body, timeoutMs }: HighLevelRequest): Promise<HighLevelResponse> {
    // axios' own `timeout` starts anew with every phase; the signal bounds the whole call.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await this.http.request<unknown>({ method, url, headers: { ...headers }, data: body, signal });
      return { status: answer.status, headers: lowerCased(answer.headers), body: String(answer.data ?? '') };
    } catch (error) {
      if (signal.aborted) throw new TransportError(`no answer within ${timeoutMs} ms`, true, 'ETIMEDOUT');
      throw toTransportError(error);
    }
  }
}

const lowerCased = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
