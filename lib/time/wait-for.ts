import type { Alarms } from './alarms.js';

/** How a caller waits: until it goes away, or its time is up. */
export interface WaitLimits {
  readonly signal?: AbortSignal | undefined;
  /** At most (ms). */
  readonly limitMs: number;
  /** The error when the time is up. */
  readonly onTimeout: () => Error;
}

/** Waits for work that goes on without the one who waits: giving up waiting never cancels the work. */
export function waitFor<T>(work: Promise<T>, alarms: Alarms, { signal, limitMs, onTimeout }: WaitLimits): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      work.catch(() => undefined);
      reject(signal.reason as Error);
      return;
    }
    const cancel = alarms.set(limitMs, () => settle(() => reject(onTimeout())));
    const onAbort = (): void => settle(() => reject(signal?.reason as Error));
    const settle = (answer: () => void): void => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
      answer();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}

/** Lets some time pass, unless the caller goes away: then it rejects with the signal's reason. */
export function pause(ms: number, alarms: Alarms, signal?: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const ring = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const cancel = alarms.set(ms, ring, { isAwaited: true });
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
