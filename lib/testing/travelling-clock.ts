// Taken from the module: a test framework's fake timers put theirs into the globals only.
import { setImmediate } from 'node:timers';
import { type Clock, systemClock } from '../time/clock.js';

/**
 * The machine's clock, which tests can set forward: time passes by itself, and {@link advance} makes any stretch of it pass at once. For
 * tests with real waits in them, such as those of a database. Give it to the module and to the simulator alike.
 */
export class TravellingClock implements Clock {
  private ahead = 0;
  private readonly sleepers = new Set<AbortController>();

  /** Wall-clock time, in ms since the epoch. */
  now(): number {
    return systemClock.now() + this.ahead;
  }

  /** Monotonic time in ms; {@link advance} moves it too. */
  monotonic(): number {
    return systemClock.monotonic() + this.ahead;
  }

  /** Waits until so much time has passed. Resolves early, without an error, when the signal aborts. */
  async sleep(ms: number, options: Parameters<Clock['sleep']>[1] = {}): Promise<void> {
    const until = this.monotonic() + ms;
    while (this.monotonic() < until && !options.signal?.aborted) {
      const travelled = new AbortController();
      this.sleepers.add(travelled);
      const signal = options.signal ? AbortSignal.any([options.signal, travelled.signal]) : travelled.signal;
      await systemClock.sleep(until - this.monotonic(), { ...options, signal });
      this.sleepers.delete(travelled);
    }
  }

  /** So much time passes at once (ms). Who sleeps until a moment in it wakes; the promise chains have run when this resolves. */
  advance(ms: number): Promise<void> {
    this.ahead += ms;
    for (const travelled of this.sleepers) travelled.abort();
    return new Promise((resolve) => setImmediate(resolve));
  }
}
