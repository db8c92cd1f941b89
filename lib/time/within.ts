import type { Clock } from './clock.js';

/** A reason of its own spares every call an error with a stack, which nobody looks at. */
const DONE = 'answered';

/** Bounds work that others wait for. Unlike a caller's patience, this limit keeps the process alive until it is known what came of the work. */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  work: () => Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  const done = new AbortController();
  const limit = clock.sleep(limitMs, { signal: done.signal }).then((): never => {
    if (done.signal.aborted) return undefined as never;
    throw onTimeout();
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([work(), limit]);
  } finally {
    done.abort(DONE);
  }
}
