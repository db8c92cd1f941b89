import { AxiosError, isAxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

/** What may be shown of Node's request: the object itself holds the headers as they were sent, and with them the token. */
const shownRequest = (request: unknown): unknown => {
  if (typeof request !== 'object' || request === null) return undefined;
  const { method, path, host, protocol, res } = request as { method?: string; path?: string; host?: string; protocol?: string; res?: { responseUrl?: string } };
  return { method, path, host, protocol, res: { responseUrl: res?.responseUrl } };
};

/** The answer as the caller gets it: with the caller's own config, which never held the token. */
export function handOver(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  response.config = config;
  response.request = shownRequest(response.request);
  return response;
}

/**
 * What axios does with an answer: the caller's `validateStatus` decides between resolving and rejecting.
 * @param cause what is known beyond the status
 */
export function settle(response: AxiosResponse, cause?: Error): AxiosResponse {
  const config = response.config;
  const { validateStatus } = config;
  if (!response.status || !validateStatus || validateStatus(response.status)) return response;
  const code = response.status >= 500 ? AxiosError.ERR_BAD_RESPONSE : AxiosError.ERR_BAD_REQUEST;
  const error = new AxiosError(`Request failed with status code ${response.status}`, code, config, response.request, response);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  throw error;
}

/** Takes the token out of an error of the adapter: out of its config, its request and its answer. */
export function cleanError(error: unknown, config: InternalAxiosRequestConfig): unknown {
  if (!isAxiosError(error)) return error;
  error.config = config;
  error.request = shownRequest(error.request);
  if (error.response) handOver(error.response, config);
  return error;
}
