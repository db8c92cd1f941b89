import type { ManualClock } from '../../../lib/testing.js';
import type { Clock } from '../../../lib/time/clock.js';
import type { Interleaving } from './interleaving.js';

/** The time of a history. It stands still until everything that can happen at a moment has happened. */
export class HistoryClock implements Clock {
  private readonly sleepers = new Set<{ readonly until: number }>();

  constructor(
    private readonly manual: ManualClock,
    private readonly interleaving: Interleaving,
  ) {}

  now(): number {
    return this.manual.now();
  }

  monotonic(): number {
    return this.manual.monotonic();
  }

  async sleep(ms: number, options: Parameters<Clock['sleep']>[1] = {}): Promise<void> {
    const sleeper = { until: this.monotonic() + ms };
    this.sleepers.add(sleeper);
    await this.manual.sleep(ms, options);
    this.sleepers.delete(sleeper);
  }

  async pass(ms: number): Promise<void> {
    const end = this.monotonic() + ms;
    for (let next = await this.nextMoment(); next <= end; next = await this.nextMoment()) await this.goTo(next);
    await this.goTo(end);
    await this.interleaving.all();
  }

  /** Lets time pass until a promise is settled, or for so long. @returns whether it was settled */
  async passUntil(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
    const end = this.monotonic() + limitMs;
    let isSettled = false;
    const settle = (): void => void (isSettled = true);
    promise.then(settle, settle);
    for (let next = await this.nextMoment(); !isSettled && next <= end; next = await this.nextMoment())
      await this.goTo(next);
    return isSettled;
  }

  private async nextMoment(): Promise<number> {
    await this.interleaving.all();
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.sleepers) next = Math.min(next, until);
    return next;
  }

  private goTo(moment: number): Promise<void> {
    return this.manual.advance(Math.max(0, moment - this.monotonic()));
  }
}
