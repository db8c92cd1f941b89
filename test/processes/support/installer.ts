import { generateKeyPairSync, sign } from 'node:crypto';
import type { InstallResult, PlaceRef } from '../../../lib/testing.js';
import type { HighLevel } from './high-level.js';

/** HighLevel's side of an installation, and the customer's browser: the way that a real one takes through the backend. */
export class Installer {
  private readonly keys = generateKeyPairSync('ed25519');
  private delivered = 0;

  constructor(private readonly highLevel: HighLevel) {}

  /** What the backend checks the signatures of webhooks with. */
  get webhookKey(): string {
    return this.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  /** A customer follows the backend's link, picks a place, and comes back with a code. The webhooks arrive before. */
  async install(origin: string, place: PlaceRef): Promise<void> {
    const granted = this.highLevel.simulator.followAuthorizationLink(await linkOf(origin), place);
    await this.deliverWebhooks(origin);
    await comeBack(origin, granted);
  }

  /** A customer who has the app authorizes it once more. */
  async authorizeAgain(origin: string, place: PlaceRef): Promise<void> {
    const state = new URL(await linkOf(origin)).searchParams.get('state') ?? '';
    await comeBack(origin, this.highLevel.simulator.authorizeAgain(place, { state }));
  }

  private async deliverWebhooks(origin: string): Promise<void> {
    const { webhooks } = this.highLevel.simulator;
    for (; this.delivered < webhooks.length; this.delivered += 1) {
      const body = JSON.stringify(webhooks[this.delivered]);
      const signature = sign(null, Buffer.from(body), this.keys.privateKey).toString('base64');
      const headers = { 'content-type': 'application/json', 'x-ghl-signature': signature };
      await send(`${origin}/webhooks/highlevel`, { method: 'POST', body, headers });
    }
  }
}

async function linkOf(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/oauth/install`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return answer.headers.get('location') ?? '';
}

async function comeBack(origin: string, { callbackUrl }: InstallResult): Promise<void> {
  const { pathname, search } = new URL(callbackUrl);
  await send(origin + pathname + search);
}

const PATIENCE_MS = 15_000;

async function send(url: string, request: RequestInit = {}): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), ...request });
  if (!answer.ok)
    throw new Error(`The backend answered ${answer.status} to ${new URL(url).pathname}: ${await answer.text()}`);
}
