import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { AxiosHeaders, InternalAxiosRequestConfig } from 'axios';

const isPlain = (data: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(data);
  return Array.isArray(data) || prototype === null || prototype === Object.prototype;
};

/**
 * Whether a body, as it is given to the adapter, can be sent twice and arrives whole both times. Streams and the `form-data` package
 * cannot, and of what is unknown nobody knows.
 */
export function isReplayable(data: unknown): boolean {
  if (typeof data === 'function') return false;
  if (typeof data !== 'object' || data === null) return true;
  if (ArrayBuffer.isView(data) || types.isAnyArrayBuffer(data) || data instanceof URLSearchParams) return true;
  return data instanceof FormData || data instanceof Blob || isPlain(data);
}

/** Whether what was made to be sent in place of a spent body would arrive whole. */
export function isWhole(made: unknown, spent: unknown): boolean {
  if (made === undefined || made === null) return spent === undefined || spent === null;
  return (made !== spent || isReplayable(made)) && !Readable.isDisturbed(made as Readable);
}

/** Remembers the bodies that can be sent only once, and were. */
export class SentBodies {
  private readonly sent = new WeakSet<object>();

  /** A body goes out. */
  note(data: unknown): void {
    if (typeof data === 'object' && data !== null && !isReplayable(data)) this.sent.add(data);
  }

  /** Whether nothing, or only a part, of a body would arrive. A stream of which nothing was read is whole still. */
  isSpent(data: unknown): boolean {
    if (typeof data !== 'object' || data === null || !this.sent.has(data)) return false;
    return !(data instanceof Readable) || Readable.isDisturbed(data);
  }
}

/** A body that was made again, as axios would have prepared it. */
export function prepareBody(made: unknown, config: InternalAxiosRequestConfig, headers: AxiosHeaders): unknown {
  const { getHeaders } = (made ?? {}) as { getHeaders?: () => Record<string, string> };
  // A form of the form-data package has a boundary of its own.
  if (typeof getHeaders === 'function') headers.set(getHeaders.call(made), true);
  const transforms = [config.transformRequest ?? []].flat();
  return transforms.reduce<unknown>((data, transform) => transform.call(config, data, headers) as unknown, made);
}
