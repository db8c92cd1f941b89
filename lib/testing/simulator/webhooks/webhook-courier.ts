import type { Clock } from '../../../time/clock.js';
import type { HighLevelSimulator } from '../high-level-simulator.js';
import type { SignedWebhook, WebhookSignatures } from './webhook-signer.js';

/** How a {@link WebhookCourier} delivers. */
export interface WebhookCourierOptions {
  /**
   * Brings one delivery to the backend: `fetch`, a call of its controller, whatever. Answers the status; what it throws counts as no answer.
   */
  readonly post: (webhook: SignedWebhook) => Promise<number | { readonly status: number }>;
  /** On which the pauses between retries pass. @default the simulator's ManualClock */
  readonly clock?: Clock;
  /** @default 'both' */
  readonly signatures?: WebhookSignatures;
  /** How often a delivery that was not answered with 2xx is tried again. @default 12 */
  readonly retries?: number;
  /** The pause before the first retry (ms); it doubles with each. @default 10000 */
  readonly firstPauseMs?: number;
  /** Whether a retry carries the `timestamp` of the event or the present moment: nobody has written it down. @default 'kept' */
  readonly retryTimestamp?: 'kept' | 'renewed';
}

/** In which order, and how often, several events arrive. */
export interface DeliveryOrder {
  /** @default 'asHappened' */
  readonly order?: 'asHappened' | 'reversed' | 'atOnce';
  /** How often each arrives although the first delivery was answered with 2xx. @default 1 */
  readonly copies?: number;
}

/** Brings webhooks to a backend as HighLevel does: signed, again until they are answered with 2xx, and not always once and in order. */
export class WebhookCourier {
  private readonly clock: Clock;

  constructor(
    private readonly simulator: HighLevelSimulator,
    private readonly options: WebhookCourierOptions,
  ) {
    this.clock = options.clock ?? simulator.clock;
  }

  /** Delivers one event, with retries. @returns the status of each attempt, `null` where there was no answer */
  async deliver(webhook: { readonly timestamp: string }): Promise<readonly (number | null)[]> {
    const { retries = 12, firstPauseMs = 10_000, retryTimestamp = 'kept' } = this.options;
    const statuses: (number | null)[] = [];
    for (let attempt = 0; ; attempt += 1) {
      const timestamp = attempt > 0 && retryTimestamp === 'renewed' ? this.timestamp() : webhook.timestamp;
      const status = await this.post({ ...webhook, timestamp });
      statuses.push(status);
      if ((status !== null && status >= 200 && status < 300) || attempt >= retries) return statuses;
      await this.clock.sleep(firstPauseMs * 2 ** attempt);
    }
  }

  /** Delivers several events, each with retries. @returns the statuses of each, in the order of `webhooks` */
  async deliverAll(
    webhooks: readonly { readonly timestamp: string }[],
    { order = 'asHappened', copies = 1 }: DeliveryOrder = {},
  ): Promise<readonly (readonly (number | null)[])[]> {
    const statuses = webhooks.map((): (number | null)[] => []);
    const deliveries = webhooks.map((webhook, index) => async () => {
      for (let copy = 0; copy < copies; copy += 1) statuses[index]?.push(...(await this.deliver(webhook)));
    });
    if (order === 'reversed') deliveries.reverse();
    if (order === 'atOnce') await Promise.all(deliveries.map((deliver) => deliver()));
    else for (const deliver of deliveries) await deliver();
    return statuses;
  }

  private async post(webhook: object): Promise<number | null> {
    const signed = this.simulator.signWebhook(webhook, this.options.signatures);
    try {
      const answer = await this.options.post(signed);
      return typeof answer === 'number' ? answer : answer.status;
    } catch {
      return null;
    }
  }

  private timestamp(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
