import { systemClock, type Clock } from '../../lib/index.js';

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
