// Taken from the module: a test framework's fake timers put theirs into the globals only.
import { setImmediate, setTimeout } from 'node:timers';
import type { Clock } from '../time/clock.js';
import { type Sleeper, SleeperQueue } from './sleeper-queue.js';

/** How a {@link ManualClock} starts. */
export interface ManualClockOptions {
  /**
   * The wall-clock time at the start, in ms since the epoch.
   * @default 2026-11-02T09:00:00Z
   */
  readonly start?: number;
  /**
   * Whoever sleeps moves the clock: the earliest sleeper is woken after one turn of the event loop, so that tests need no hand
   * on the clock and nothing that waits hangs. Background sleepers are woken in passing but never move it. A sleep that only guards
   * a real wait (the time limit of a call to a database) runs out at once: where such waits take real time, use a {@link TravellingClock}.
   * @default false
   */
  readonly autoAdvance?: boolean;
}

/** A clock that real time never moves: tests move it, and sleepers wake in the order of their moments. */
export class ManualClock implements Clock {
  private wall: number;
  private elapsed = 0;
  private readonly sleepers = new SleeperQueue();
  private readonly autoAdvance: boolean;
  private autoScheduled = false;
  private moving: Promise<void> = Promise.resolve();

  constructor(options: ManualClockOptions = {}) {
    this.wall = options.start ?? Date.UTC(2026, 10, 2, 9);
    this.autoAdvance = options.autoAdvance ?? false;
  }

  /** Wall-clock time, in ms since the epoch. */
  now(): number {
    return this.wall + this.elapsed;
  }

  /** Ms that this clock has been advanced by since it was made. Wall-clock jumps do not show here. */
  monotonic(): number {
    return this.elapsed;
  }

  /** How many callers sleep now, background ones included. */
  get pendingSleeps(): number {
    return this.sleepers.size;
  }

  /** Waits until the clock has been advanced by `ms`; `ms <= 0` waits for one turn of the event loop. */
  sleep(ms: number, options: { readonly signal?: AbortSignal; readonly background?: boolean } = {}): Promise<void> {
    const { signal, background = false } = options;
    if (signal?.aborted) return Promise.resolve();
    if (!(ms > 0)) return nextTurn();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { at: this.elapsed + ms, background, wake };
      const abort = (): void => {
        this.sleepers.remove(sleeper);
        wake();
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
      if (this.autoAdvance && !background) this.scheduleAutoAdvance();
    });
  }

  /**
   * Moves both times forward by `ms` and wakes everyone whose moment comes, in order; between two of them the promise
   * chains run. Who falls asleep again within the stretch is woken again. Calls that overlap run one after the other.
   */
  advance(ms: number): Promise<void> {
    const run = this.moving.then(async () => {
      await nextTurn();
      await this.advanceTo(this.elapsed + ms);
    });
    this.moving = run;
    return run;
  }

  /**
   * Wakes one sleeper after the other, moving the clock to each, until the promise settles.
   * @param options.limitMs gives up with an error after so much time of this clock @default 86400000 (a day)
   */
  async drive<T>(promise: Promise<T>, options: { readonly limitMs?: number } = {}): Promise<T> {
    const limit = this.elapsed + (options.limitMs ?? 86_400_000);
    let settled = false;
    const done = promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    for (let idle = 0; ;) {
      await Promise.race([done, nextTurn()]);
      if (settled) return promise;
      const foreground = this.sleepers.earliest(true);
      // Real I/O may still be under way: a few hundred turns pass before the promise counts as stuck.
      if (!foreground) {
        if (++idle > 500) await new Promise((resolve) => setTimeout(resolve, 1));
        if (idle > 5_000) throw new Error('ManualClock.drive: nobody sleeps and the promise does not settle');
        continue;
      }
      if (foreground.at > limit) throw new Error('ManualClock.drive: the promise did not settle within limitMs');
      idle = 0;
      await this.advanceToNext();
    }
  }

  /** Sets the wall clock, forward or back; nobody wakes and `monotonic()` does not move. */
  set(wallTime: number): void {
    this.wall = wallTime - this.elapsed;
  }

  /** Moves the wall clock alone by `ms`, forward or back, as a corrected machine clock does. */
  jump(ms: number): void {
    this.wall += ms;
  }

  private async advanceTo(target: number): Promise<void> {
    for (let next = this.sleepers.earliest(false); next && next.at <= target; next = this.sleepers.earliest(false)) {
      this.elapsed = Math.max(this.elapsed, next.at);
      this.sleepers.remove(next);
      next.wake();
      await nextTurn();
    }
    this.elapsed = Math.max(this.elapsed, target);
    await nextTurn();
  }

  /** One step at a time: who wakes in passing may end what a later one waits for. */
  private async advanceToNext(): Promise<void> {
    const next = this.sleepers.earliest(true) && this.sleepers.earliest(false);
    if (next) await this.advance(Math.max(0, next.at - this.elapsed));
  }

  private scheduleAutoAdvance(): void {
    if (this.autoScheduled) return;
    this.autoScheduled = true;
    setImmediate(() => {
      void this.advanceToNext().then(() => {
        this.autoScheduled = false;
        if (this.sleepers.earliest(true)) this.scheduleAutoAdvance();
      });
    });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
