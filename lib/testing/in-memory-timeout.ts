import { type AxiosAdapter, AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../time/clock.js';

/** Lets the `timeout` of a config pass on the clock, in the background: that somebody would give up some day moves no clock. */
export function onTheClock(clock: Clock, carry: AxiosAdapter): AxiosAdapter {
  return async (config) => {
    const limitMs = Number(config.timeout ?? 0);
    if (!(limitMs > 0)) return carry(config);
    const done = new AbortController();
    const ending = new AbortController();
    const { signal } = config;
    const abort = (): void => ending.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener?.('abort', abort);
    const limit = clock.sleep(limitMs, { signal: done.signal, background: true }).then((): AxiosResponse => {
      if (!done.signal.aborted) throw timedOut(config);
      return undefined as never;
    });
    limit.catch(abort);
    try {
      return await Promise.race([carry({ ...config, timeout: 0, signal: ending.signal }), limit]);
    } finally {
      done.abort();
    }
  };
}

const timedOut = (config: InternalAxiosRequestConfig): AxiosError => {
  const { timeout, timeoutErrorMessage, transitional } = config;
  const code = transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
  return new AxiosError(timeoutErrorMessage ?? `timeout of ${timeout}ms exceeded`, code, config);
};
