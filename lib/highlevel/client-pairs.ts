import { createHmac } from 'node:crypto';
import type { ClientPair } from './client-pair.js';

/** Where pairs come from that can change while the application runs. Rejects where it cannot say. */
export type AskForPairs = () => Promise<readonly ClientPair[]>;

/** Between two questions: a storm of refusals asks once. */
const ASK_PAUSE_MS = 10_000;

/** Tells secrets apart, and says so little about one that it cannot be guessed from it. */
const fingerprint = (secret: string): string =>
  createHmac('sha256', secret).update('nestjs-ghl-auth client secret').digest('hex').slice(0, 8);

/** The key pairs of the app: the first for new installations, the others for those that were made with them. */
export class ClientPairs {
  private asking: Promise<void> | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private pairs: readonly ClientPair[],
    /** Asks the host again; `undefined`: pairs do not change. Reports its own failures. */
    private readonly ask: AskForPairs | undefined = undefined,
    private readonly clock: { monotonic(): number } = performance as unknown as { monotonic(): number },
  ) {}

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

  /** Tells the secret of a client id from an earlier or later one. */
  fingerprintOf(clientId: string): string | null {
    const pair = this.find(clientId);
    return pair === undefined ? null : fingerprint(pair.clientSecret);
  }

  /**
   * Asks the host for its pairs again, now and then, because HighLevel refused a secret or a pair is missing.
   * @returns the pair of this client id, where it has another secret now than it had, or than the refused one
   */
  async renew(clientId: string, refused = this.find(clientId)?.clientSecret): Promise<ClientPair | null> {
    if (this.ask !== undefined) await this.askAgain(this.ask);
    const pair = this.find(clientId);
    return pair === undefined || pair.clientSecret === refused ? null : pair;
  }

  private async askAgain(ask: AskForPairs): Promise<void> {
    if (this.asking === null && this.clock.monotonic() - this.askedAt < ASK_PAUSE_MS) return;
    this.asking ??= ask()
      .then(
        (pairs) => void (this.pairs = pairs),
        () => undefined,
      )
      .finally(() => {
        this.askedAt = this.clock.monotonic();
        this.asking = null;
      });
    await this.asking;
  }
}
