import { describe, expect, it } from '@jest/globals';
import type { PartialSettings } from '../../../lib/testing.js';
import {
  DAY,
  EXCHANGE,
  locationScene,
  MINUTE,
  nest,
  RECONNECT,
  SECOND,
  TRACE_ID,
  type Scene,
} from './support/scene.js';

type ReconnectSettings = NonNullable<PartialSettings['reconnect']>;

/** A location that only Reconnect can bring back, in a HighLevel of which nobody has written down how it behaves there. */
async function deadScene(reconnect: ReconnectSettings = {}, more: PartialSettings = {}): Promise<Scene> {
  const scene = await locationScene({ settings: { ...more, reconnect } });
  scene.simulator.invalidateAll();
  scene.calls();
  return scene;
}

const settle = async (scene: Scene): Promise<void> => {
  expect(await scene.recover()).toBe('reconnect');
  expect(await scene.look()).toMatchObject({ state: 'active', refreshable: true, code: undefined });
  await scene.wait(DAY);
  expect(await scene.token()).toEqual(expect.any(String));
  expect(scene.calls().at(-1)).toBe('refresh: issued');
};

describe('what nobody has written down about Reconnect', () => {
  it.each<[string, ReconnectSettings]>([
    ['it answers 200', { status: 200 }],
    ['it answers 201', { status: 201 }],
    ['the exchange wants user_type', { exchangeWantsUserType: true }],
    ['the exchange wants redirect_uri', { exchangeWantsRedirectUri: true }],
    ['the exchange wants both', { exchangeWantsRedirectUri: true, exchangeWantsUserType: true }],
    ['a code lives for a millisecond', { codeLifetimeMs: 1 }],
    ['a code lives for a day', { codeLifetimeMs: DAY }],
    ['a code can be used again', { codeSingleUse: false }],
    ['a new code kills the earlier ones', { newCodeKillsEarlier: true }],
    ['older tokens die', { kills: 'all' }],
    ['older refresh tokens die', { kills: 'refresh' }],
    ['older tokens live on', { kills: 'none' }],
  ])('%s: the installation comes back, and goes on living', async (_, settings) => {
    await settle(await deadScene(settings));
  });

  it('the exchange wants redirect_uri: a second code is asked for, since the first may be spent', async () => {
    const scene = await deadScene({ exchangeWantsRedirectUri: true });
    await scene.recover();
    expect(scene.calls()).toEqual([
      'refresh: refreshTokenInvalid',
      'reconnect: issued',
      'exchange: missingParameter',
      'reconnect: issued',
      'exchange: issued',
    ]);
    expect(scene.bench.ledger.presentedTwice()).toEqual([]);
  });

  it('a code that has run out on the way is asked for once more, whatever the local clock says', async () => {
    const scene = await deadScene({ codeLifetimeMs: 2 * SECOND });
    scene.simulator.fault({ match: RECONNECT, do: { delayMs: 3 * SECOND } });
    scene.simulator.clock.jump(-DAY);
    expect(await scene.recover()).toBe('reconnect');
    expect(scene.calls().slice(-4)).toEqual([
      'reconnect: issued',
      'exchange: codeExpired',
      'reconnect: issued',
      'exchange: issued',
    ]);
  });

  it('codes that are refused whenever they come: retrying, with what HighLevel said', async () => {
    const scene = await deadScene();
    const trouble = scene.simulator.outage(nest(400, 'Invalid grant: authorization code is invalid'), EXCHANGE);
    expect(await scene.recover()).toMatchObject({ code: 'GHL_GRANT_REFUSED', status: 400, traceId: TRACE_ID });
    expect(scene.calls()).toHaveLength(5);
    expect(await scene.look()).toMatchObject({ state: 'retrying', rung: 'reconnect', retryInMs: 3.75 * SECOND });
    trouble.end();
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('reconnect');
  });

  it.each([
    ['lost on its way', 'lost'],
    ['reset', 'reset'],
    ['never given', 'hang'],
  ] as const)('an exchange whose answer is %s: another code is asked for', async (_, kind) => {
    const scene = await deadScene();
    scene.simulator.fault({ match: EXCHANGE, do: kind });
    expect(await scene.recover()).toBe('reconnect');
    expect(scene.calls().slice(1)).toEqual([
      'reconnect: issued',
      `exchange: ${kind}`,
      'reconnect: issued',
      'exchange: issued',
    ]);
    expect(scene.bench.ledger.presentedTwice()).toEqual([]);
  });

  it('answers in camelCase, and without a traceId', async () => {
    const scene = await deadScene({}, { traceIds: false, token: { answerCase: 'camelCase' } });
    await settle(scene);
  });

  it.each([
    ['not JSON', 'notJson'],
    ['a page', 'html'],
    ['empty', 'empty'],
    ['truncated', 'truncated'],
    ['huge', 'huge'],
    ['without a code', 'withoutAccessToken'],
    ['of wrong types', 'wrongTypes'],
    ['an error', 'errorInside'],
  ] as const)('an answer that is %s: retrying, and another code later', async (_, kind) => {
    const scene = await deadScene();
    scene.simulator.fault({ match: RECONNECT, do: { kind, handled: true } });
    const code = kind === 'huge' ? 'GHL_UPSTREAM_UNAVAILABLE' : 'GHL_UNEXPECTED_RESPONSE';
    expect(await scene.recover()).toMatchObject({ code, ...(kind !== 'huge' && { status: 200 }) });
    expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid', `reconnect: ${kind}`]);
    expect(await scene.look()).toMatchObject({ state: 'retrying', rung: 'reconnect' });
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('reconnect');
  });

  it.each([
    ['without Retry-After', { status: 429 }, 3.75 * SECOND],
    ['with Retry-After', { retryAfter: 90 }, 90 * SECOND],
    ['with a server error', { status: 503 }, 3.75 * SECOND],
  ])('a rate limit %s is respected', async (_, action, retryInMs) => {
    const scene = await deadScene();
    scene.simulator.fault({ match: RECONNECT, do: action });
    const error = await scene.recover();
    expect(error).toMatchObject({
      code: 'status' in action && action.status === 503 ? 'GHL_UPSTREAM_UNAVAILABLE' : 'GHL_RATE_LIMITED',
    });
    expect(error).toMatchObject({ retryAt: new Date(scene.bench.clock.now() + retryInMs) });
    scene.calls();
    await scene.wait(retryInMs - 1);
    expect(await scene.recover()).toMatchObject({ code: 'GHL_RECOVERY_PENDING' });
    expect(scene.calls()).toEqual([]);
    await scene.wait(1);
    expect(await scene.recover()).toBe('reconnect');
  });

  it.each(['notInstalled', 'notFound'] as const)(
    'the endpoint is %s: no call of the ladder is wasted on it for ever',
    async (mode) => {
      const scene = await deadScene();
      scene.simulator.setReconnect(mode);
      for (let hour = 0; hour < 48; hour += 1) {
        await scene.token();
        await scene.wait(60 * MINUTE);
      }
      scene.calls();
      expect(await scene.look()).toMatchObject({ state: 'needs_reauthorization' });
      await scene.wait(DAY);
      expect(await scene.token()).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
      expect(scene.calls()).toEqual([]);
    },
  );

  it('the client rejected, in other words than any that are known', async () => {
    const scene = await deadScene();
    scene.simulator.settings.answers.reconnectClientRejected = { status: 403, body: { code: 'E42', text: 'Nope' } };
    const [pair] = scene.bench.app.clients;
    scene.bench.app.revoke(pair?.clientId ?? '');
    expect(await scene.recover()).toMatchObject({
      code: expect.stringMatching(/^GHL_(UNEXPECTED_RESPONSE|CLIENT_REJECTED)$/),
    });
    expect(await scene.look()).toMatchObject({ state: 'retrying' });
  });
});
