/** Time, injected: everything that waits or compares moments asks a clock. */
export interface Clock {
  /** Wall-clock time, in ms since the epoch. For moments that are stored or sent. */
  now(): number;
  /** Monotonic time in ms, from an arbitrary start. For durations seen by this process. */
  monotonic(): number;
  /**
   * Waits for `ms`. Resolves early, without an error, when the signal aborts.
   * @param options.background a wait that alone does not keep the process alive
   */
  sleep(ms: number, options?: { readonly signal?: AbortSignal; readonly background?: boolean }): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, { signal, background = false } = {}) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (background) timer.unref();
      signal?.addEventListener('abort', done, { once: true });
    }),
};
