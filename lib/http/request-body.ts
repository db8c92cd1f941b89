import type { AxiosHeaders, InternalAxiosRequestConfig } from 'axios';

/** Whether a body can be sent twice and arrives whole both times. Streams and the `form-data` package cannot. */
export function isReplayable(data: unknown): boolean {
  if (data === undefined || data === null || typeof data === 'string') return true;
  if (typeof data !== 'object') return false;
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer || data instanceof URLSearchParams) return true;
  return data instanceof FormData || data instanceof Blob;
}

/** A body that was made again, as axios would have prepared it. */
export function prepareBody(made: unknown, config: InternalAxiosRequestConfig, headers: AxiosHeaders): unknown {
  const { getHeaders } = (made ?? {}) as { getHeaders?: () => Record<string, string> };
  // A form of the form-data package has a boundary of its own.
  if (typeof getHeaders === 'function') headers.set(getHeaders.call(made), true);
  const transforms = [config.transformRequest ?? []].flat();
  return transforms.reduce<unknown>((data, transform) => transform.call(config, data, headers) as unknown, made);
}
