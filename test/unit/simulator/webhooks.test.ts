import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  HighLevelSimulator,
  type SignedWebhook,
  WebhookCourier,
  type WebhookCourierOptions,
  type WebhookSignatures,
} from '../../../lib/testing.js';

const EVENT = { type: 'INSTALL', timestamp: '2026-11-02T09:00:00.000Z', webhookId: 'a' };

describe('the signatures of a webhook', () => {
  const simulator = new HighLevelSimulator();

  const verified = ({ headers, body }: SignedWebhook) => {
    const { ghl, legacy } = simulator.webhookKeys;
    const check = (header: string, algorithm: string | null, key: string) => {
      const signature = headers[header];
      if (signature === undefined || signature === 'N/A') return signature;
      return verify(algorithm, Buffer.from(body), createPublicKey(key), Buffer.from(signature, 'base64'));
    };
    return [check('x-ghl-signature', null, ghl), check('x-wh-signature', 'sha256', legacy)];
  };

  it.each([
    ['both', [true, true]],
    ['ghl', [true, undefined]],
    ['legacy', [undefined, true]],
    ['unsigned', ['N/A', 'N/A']],
    ['none', [undefined, undefined]],
    ['forged', [false, false]],
  ] as const)('are %s: Ed25519 and RSA over the body as it is sent', (signatures: WebhookSignatures, expected) => {
    const signed = simulator.signWebhook(EVENT, signatures);
    expect(JSON.parse(signed.body)).toEqual(EVENT);
    expect(signed.headers['content-type']).toBe('application/json');
    expect(verified(signed)).toEqual(expected);
    const tampered = { ...signed, body: signed.body.replace('INSTALL', 'UNINSTALL') };
    expect(verified(tampered)).not.toContain(true);
  });

  it('are both there unless told otherwise', () => {
    expect(verified(simulator.signWebhook(EVENT))).toEqual([true, true]);
  });
});

describe('the payload of an INSTALL', () => {
  it('tells of plan, trial and white label where there are any', () => {
    const simulator = new HighLevelSimulator();
    simulator.addApp();
    const whiteLabel = { domain: 'app.luna.example', logoUrl: 'https://luna.example/logo.png' };
    simulator.addCompany({ companyId: 'luna', name: 'Luna', whiteLabel });
    simulator.addLocation({ locationId: 'rome', companyId: 'luna' });
    const { webhooks } = simulator.installLocation('rome', { planId: 'plan-1', trialDays: 14 });
    expect(webhooks).toEqual([
      expect.objectContaining({
        planId: 'plan-1',
        trial: { onTrial: true, trialDuration: 14 },
        isWhitelabelCompany: true,
        whitelabelDetails: whiteLabel,
        companyName: 'Luna',
      }),
    ]);
  });
});

describe('the courier', () => {
  const courier = (options: Partial<WebhookCourierOptions> = {}) => {
    const simulator = new HighLevelSimulator();
    simulator.addApp();
    const arrived: { readonly at: number; readonly webhookId: string; readonly timestamp: string }[] = [];
    const take = ({ body }: SignedWebhook, status = 200) => {
      const event = JSON.parse(body) as typeof EVENT;
      arrived.push({ at: simulator.clock.monotonic(), webhookId: event.webhookId, timestamp: event.timestamp });
      return Promise.resolve(status);
    };
    const brings = new WebhookCourier(simulator, { post: (webhook) => take(webhook), signatures: 'none', ...options });
    return { simulator, arrived, take, brings };
  };

  it('brings an event once where it is answered with 2xx', async () => {
    const { brings, arrived } = courier();
    expect(await brings.deliver(EVENT)).toEqual([200]);
    expect(arrived).toHaveLength(1);
  });

  it('tries again up to twelve times, each time after twice as long, with the id and time of the event', async () => {
    const { simulator, arrived, take, brings } = courier({ post: (webhook) => take(webhook, 503) });
    expect(await simulator.clock.drive(brings.deliver(EVENT))).toEqual(Array(13).fill(503));
    const pauses = arrived.slice(1).map(({ at }, index) => at - (arrived[index]?.at ?? 0));
    expect(pauses).toEqual(Array.from({ length: 12 }, (_, index) => 10_000 * 2 ** index));
    expect(new Set(arrived.map(({ webhookId, timestamp }) => webhookId + timestamp)).size).toBe(1);
  });

  it('stops where a retry is answered, and takes a failing post for no answer', async () => {
    let attempts = 0;
    const { simulator, brings } = courier({
      retries: 5,
      firstPauseMs: 1,
      retryTimestamp: 'renewed',
      post: async ({ body }) => {
        attempts += 1;
        expect((JSON.parse(body) as typeof EVENT).timestamp).toBe(
          attempts === 1 ? EVENT.timestamp : new Date(simulator.now()).toISOString(),
        );
        if (attempts === 1) throw new Error('connection refused');
        return { status: attempts === 2 ? 500 : 204 };
      },
    });
    expect(await simulator.clock.drive(brings.deliver(EVENT))).toEqual([null, 500, 204]);
  });

  it('brings several in order, the other way round, at once, and more than once', async () => {
    const { brings, arrived } = courier();
    const events = ['a', 'b', 'c'].map((webhookId) => ({ ...EVENT, webhookId }));
    const order = async (options: Parameters<typeof brings.deliverAll>[1]) => {
      arrived.length = 0;
      expect((await brings.deliverAll(events, options)).flat()).not.toContain(null);
      return arrived.map(({ webhookId }) => webhookId).join('');
    };
    expect(await order({})).toBe('abc');
    expect(await order({ order: 'reversed' })).toBe('cba');
    expect(await order({ copies: 2 })).toBe('aabbcc');
    expect((await order({ order: 'atOnce', copies: 2 })).split('').sort().join('')).toBe('aabbcc');
  });

  it('brings 78 INSTALL of one bulk install before the code has been exchanged', async () => {
    const { simulator, brings, arrived } = courier();
    const locations = Array.from({ length: 77 }, (_, index) => `location-${index}`);
    const { webhooks, installation } = simulator.installCompany('agency', { locations });
    await brings.deliverAll(webhooks, { order: 'atOnce' });
    expect(arrived).toHaveLength(78);
    expect(installation.tokens).toEqual([]);
  });
});
