import { systemClock, type Clock } from '../../lib/index.js';

/** The machine's clock, which tests can set forward for module and HighLevel alike. Who sleeps meanwhile wakes in time. */
export class TravellingClock implements Clock {
  private ahead = 0;
  private readonly asleep = new Set<AbortController>();

  now(): number {
    return systemClock.now() + this.ahead;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.ahead;
  }

  async sleep(ms: number, options: Parameters<Clock['sleep']>[1] = {}): Promise<void> {
    const until = this.monotonic() + ms;
    while (this.monotonic() < until && !options.signal?.aborted) {
      const woken = new AbortController();
      this.asleep.add(woken);
      const signal = options.signal ? AbortSignal.any([options.signal, woken.signal]) : woken.signal;
      await systemClock.sleep(until - this.monotonic(), { ...options, signal });
      this.asleep.delete(woken);
    }
  }

  travel(ms: number): void {
    this.ahead += ms;
    for (const woken of this.asleep) woken.abort();
  }
}

/** Passes at once, or holds what comes until it is opened. */
export class Gate implements Clock {
  private opened: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;
  held = 0;

  now = (): number => systemClock.now();
  monotonic = (): number => systemClock.monotonic();

  close(): () => void {
    this.opened = new Promise((resolve) => (this.open = resolve));
    return () => this.open();
  }

  async sleep(): Promise<void> {
    this.held += 1;
    await this.opened;
    this.held -= 1;
  }
}
