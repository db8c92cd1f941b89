/** Work under way, and what it was started for. */
export interface Flight<T, P> {
  readonly promise: Promise<T>;
  readonly purpose: P;
}

/** Work on one key at a time: whoever comes while it is under way joins it. */
export class Flights<T, P> {
  private readonly underWay = new Map<string, Flight<T, P>>();

  /** The work under way for a key. */
  get(key: string): Flight<T, P> | undefined {
    return this.underWay.get(key);
  }

  /** Starts work for a key that has none under way. It is entered before its first step is taken. */
  start(key: string, purpose: P, work: () => Promise<T>): Flight<T, P> {
    const promise = Promise.resolve()
      .then(work)
      .finally(() => this.underWay.delete(key));
    // Who waits for it hears of an error; if nobody does any more, it is nobody's.
    promise.catch(() => undefined);
    const flight = { promise, purpose };
    this.underWay.set(key, flight);
    return flight;
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled([...this.underWay.values()].map(({ promise }) => promise));
  }
}
