import fc from 'fast-check';

/** So many crossings at one moment mean that something runs in circles. */
const ENDLESS = 200_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The order in which what crosses a port takes effect, and is answered: chosen by a scheduler of fast-check's. It is made
 * from a seed, since the copies that a property gets while a history is shortened do not choose alike.
 */
export class Interleaving {
  private readonly scheduler: fc.Scheduler;

  constructor(seed: number) {
    const [scheduler] = fc.sample(fc.scheduler(), { seed, numRuns: 1 });
    this.scheduler = scheduler as fc.Scheduler;
  }

  /** Waits until it is this one's turn. */
  crossing(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }

  /** Lets so many go on, one after the other; after each, everybody comes to its next crossing. */
  async some(count: number): Promise<void> {
    await turn();
    for (let left = count; left > 0 && this.scheduler.count() > 0; left -= 1) {
      await this.scheduler.waitOne();
      await turn();
    }
  }

  /** Lets everybody go on until nobody waits but for time to pass. */
  async all(): Promise<void> {
    await this.some(ENDLESS);
    if (this.scheduler.count() > 0) throw new Error('Something crosses ports in circles, and time never goes on');
  }
}
