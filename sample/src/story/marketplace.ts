import { generateKeyPairSync, sign } from 'node:crypto';
import type { HighLevelSimulator, PlaceRef } from 'nestjs-ghl-auth/testing';
import type { Browser } from './browser.js';

/** HighLevel's side of installs: the marketplace page that customers see, and the webhooks that it sends. */
export class Marketplace {
  private readonly keys = generateKeyPairSync('ed25519');
  private delivered = 0;

  constructor(
    private readonly simulator: HighLevelSimulator,
    /** Webhooks are no calls of a customer, so they go out another way. */
    private readonly sender: Browser,
  ) {}

  /** The key that the backend checks signatures with. */
  get publicKey(): string {
    return this.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  /** A customer follows the link and picks a place; the browser is sent back to the backend with a code. */
  async authorize(customer: Browser, link: string, place: PlaceRef): Promise<void> {
    const { callbackUrl } = this.simulator.followAuthorizationLink(link, place);
    // INSTALL often arrives before the code.
    await this.deliverWebhooks();
    const { pathname, search } = new URL(callbackUrl);
    await customer.get(pathname + search);
  }

  /** A customer removes the app on the marketplace. */
  async uninstall(place: PlaceRef): Promise<void> {
    this.simulator.uninstall(place);
    await this.deliverWebhooks();
  }

  /** Sends what has happened since the last time, or everything once more, as HighLevel's retries do. */
  async deliverWebhooks(from = this.delivered): Promise<void> {
    const { webhooks } = this.simulator;
    this.delivered = webhooks.length;
    for (const webhook of webhooks.slice(from)) {
      const body = JSON.stringify(webhook);
      const signature = sign(null, Buffer.from(body), this.keys.privateKey).toString('base64');
      const { status } = await this.sender.post('/webhooks/highlevel', body, { 'x-ghl-signature': signature });
      if (status !== 200) throw new Error(`The backend answered ${status} to a ${webhook.type} webhook`);
    }
  }
}
