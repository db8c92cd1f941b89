import type { ClientPair } from './client-pair.js';

/** The key pairs of the app: the first for new installations, the others for those that were made with them. */
export class ClientPairs {
  constructor(private readonly pairs: readonly ClientPair[]) {}

  /** The pair for new installations. */
  get current(): ClientPair {
    return this.pairs[0] as ClientPair;
  }

  find(clientId: string | null | undefined): ClientPair | undefined {
    return this.pairs.find((pair) => pair.clientId === clientId);
  }

  /** All pairs, beginning with the preferred one where it is configured, then the current one. */
  inOrder(preferred: string | null): readonly ClientPair[] {
    const first = this.find(preferred);
    return first === undefined ? this.pairs : [first, ...this.pairs.filter((pair) => pair !== first)];
  }
}
