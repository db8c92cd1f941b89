/** Someone who waits on a manual clock. */
export interface Sleeper {
  /** The moment of waking on the monotonic time, in ms. */
  readonly at: number;
  readonly background: boolean;
  readonly wake: () => void;
}

/** Sleepers in the order of their moments; of one moment, who came first wakes first. */
export class SleeperQueue {
  private readonly sleepers: Sleeper[] = [];

  get size(): number {
    return this.sleepers.length;
  }

  add(sleeper: Sleeper): void {
    let low = 0;
    let high = this.sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.sleepers[middle];
      if (other && other.at <= sleeper.at) low = middle + 1;
      else high = middle;
    }
    this.sleepers.splice(low, 0, sleeper);
  }

  remove(sleeper: Sleeper): void {
    const index = this.sleepers.indexOf(sleeper);
    if (index >= 0) this.sleepers.splice(index, 1);
  }

  earliest(foregroundOnly: boolean): Sleeper | undefined {
    return foregroundOnly ? this.sleepers.find((sleeper) => !sleeper.background) : this.sleepers[0];
  }
}
