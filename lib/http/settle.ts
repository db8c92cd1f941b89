import { Readable } from 'node:stream';
import { AxiosError, isAxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { AnswerStream } from './answer-stream.js';

const MAX_LINKS = 8;

/** What may be shown of the request that went out: the object itself holds the headers as they were sent, and with them the token. */
const shownRequest = (request: unknown): unknown => {
  if (typeof request !== 'object' || request === null) return undefined;
  const { method, url, path, host, protocol, res } = request as Record<string, unknown>;
  const { responseUrl } = (res ?? {}) as { responseUrl?: unknown };
  return { method, url, path, host, protocol, res: { responseUrl } };
};

/** The answer as the caller gets it: with the caller's own config, which never held the token. */
export function handOver(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  response.config = config;
  response.request = shownRequest(response.request);
  if (response.data instanceof Readable) {
    response.data = new AnswerStream(response.data, (error) => cleanError(error, config));
  }
  return response;
}

/**
 * What axios does with an answer: the caller's `validateStatus` decides between resolving and rejecting.
 * @param cause what is known beyond the status
 */
export function settle(response: AxiosResponse, cause?: Error): AxiosResponse {
  const { config, status } = response;
  const { validateStatus } = config;
  if (!status || !validateStatus || validateStatus(status)) return response;
  const code = status >= 400 && status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  const message = `Request failed with status code ${status}`;
  const error = new AxiosError(message, code, config, response.request, response);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  throw error;
}

/** Takes the token out of an error of the adapter and of its causes: out of config, request and answer. */
export function cleanError(error: unknown, config: InternalAxiosRequestConfig): unknown {
  let link = error;
  for (let links = 0; links < MAX_LINKS && typeof link === 'object' && link !== null; links += 1) {
    if (isAxiosError(link)) {
      if (link.config !== undefined) link.config = config;
      if (link.request !== undefined) link.request = shownRequest(link.request);
      if (link.response !== undefined) handOver(link.response, config);
    }
    link = (link as { cause?: unknown }).cause;
  }
  return error;
}
