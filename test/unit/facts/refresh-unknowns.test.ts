import { describe, expect, it } from '@jest/globals';
import type { PartialSettings } from '../../../lib/testing.js';
import { DAY, HOUR, locationScene, MINUTE, nest, REFRESH, SECOND, TRACE_ID } from './support/scene.js';

type TokenSettings = NonNullable<PartialSettings['token']>;

describe('what nobody has written down about the token endpoint', () => {
  it.each<[string, TokenSettings]>([
    ['the grace repeats the access token', { graceRepeatsAccessToken: true }],
    ['the grace makes another access token', { graceRepeatsAccessToken: false }],
    ['older access tokens die with a refresh', { refreshKillsAccessTokens: true }],
    ['older access tokens live on', { refreshKillsAccessTokens: false }],
    ['a refresh answers no new refresh token', { rotates: false }],
    ['the refresh wants user_type', { refreshWantsUserType: true }],
    ['the exchange wants redirect_uri', { exchangeWantsRedirectUri: true }],
    ['codes can be used again', { codeSingleUse: false }],
    ['validation answers 400', { validation: 400 }],
    ['answers are in camelCase', { answerCase: 'camelCase' }],
    ['a token lives for an hour', { accessTokenLifetimeMs: HOUR }],
    ['a token lives for a minute', { accessTokenLifetimeMs: MINUTE }],
    ['the authorization kills nothing', { authorizationKills: 'none' }],
  ])('%s: an installation lives through a week', async (_, token) => {
    const scene = await locationScene({ settings: { token } });
    for (let day = 0; day < 7; day += 1) {
      await scene.wait(DAY);
      const value = await scene.token();
      expect(scene.simulator.describeToken(value as string)).toMatchObject({ kind: 'access' });
      expect(scene.calls()).toEqual(['refresh: issued']);
    }
    expect(await scene.look()).toMatchObject({ state: 'active', refreshable: true });
    expect(await scene.told()).toEqual(['active']);
    if (token.rotates !== false) expect(scene.bench.ledger.presentedTwice()).toEqual([]);
  });

  it('a refresh answers no new refresh token: the stored one is kept, and presented again', async () => {
    const scene = await locationScene({ settings: { token: { rotates: false } } });
    const before = await scene.credential();
    await scene.recover();
    const after = await scene.credential();
    expect(after?.refreshToken).toBe(before?.refreshToken);
    expect(after?.id).not.toBe(before?.id);
  });
});

describe('a refresh whose answer is lost', () => {
  it.each([
    ['and the access token is repeated', { graceRepeatsAccessToken: true }],
    ['and the access token is another', { graceRepeatsAccessToken: false }],
    ['and older ones die', { refreshKillsAccessTokens: true }],
  ])('is repeated at once, within the grace, %s', async (_, token) => {
    const scene = await locationScene({ settings: { token } });
    scene.simulator.fault({ match: REFRESH, do: 'lost' });
    expect(await scene.recover()).toBe('refresh');
    expect(scene.calls()).toEqual(['refresh: lost', 'refresh: repeated']);
    expect(scene.bench.ledger.overlapping()).toEqual([]);
    await scene.wait(DAY);
    expect(await scene.recover()).toBe('refresh');
  });

  it.each([
    ['refused', ['refresh: refreshTokenInvalid', 'reconnect: issued', 'exchange: issued']],
    ['killsInstallation', ['refresh: refreshTokenInvalid', 'reconnect: issued', 'exchange: issued']],
    ['sameAnswer', ['refresh: repeated']],
  ] as const)(
    'twice, is presented again after the grace; at second 31 HighLevel says: %s',
    async (afterGrace, calls) => {
      const scene = await locationScene({ settings: { token: { afterGrace } } });
      scene.simulator.fault({ match: REFRESH, times: 2, do: 'lost' });
      expect(await scene.recover()).toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
      expect(await scene.look()).toMatchObject({ state: 'retrying', refreshable: true });
      expect(scene.calls()).toEqual(['refresh: lost', 'refresh: lost']);
      await scene.wait(31 * SECOND);
      expect(await scene.recover()).toBe(afterGrace === 'sameAnswer' ? 'refresh' : 'reconnect');
      expect(scene.calls()).toEqual(calls);
      expect(await scene.look()).toMatchObject({ state: 'active' });
    },
  );

  it('every time, is presented at the pace of the back-off, one call at a time, and nothing is given up', async () => {
    const scene = await locationScene({ settings: { token: { afterGrace: 'sameAnswer' } } });
    const losing = scene.simulator.outage('lost', REFRESH);
    await scene.wait(DAY);
    for (let minute = 0; minute < 120; minute += 1) {
      await Promise.all([scene.token(), scene.token()]);
      await scene.wait(MINUTE);
    }
    expect(scene.calls().length).toBeLessThan(30);
    expect(scene.bench.ledger.overlapping()).toEqual([]);
    expect(await scene.look()).toMatchObject({ state: 'retrying', refreshable: true });
    losing.end();
    await scene.wait(HOUR);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(scene.calls()).toEqual(['refresh: repeated']);
  });
});

describe('trouble that says nothing about the grant', () => {
  it.each([
    ['429 without Retry-After', { status: 429 }, 'GHL_RATE_LIMITED', 1, 3.75 * SECOND],
    ['429 with Retry-After', { retryAfter: 120 }, 'GHL_RATE_LIMITED', 1, 2 * MINUTE],
    ['429 with a Retry-After of a week', { retryAfter: 604_800 }, 'GHL_RATE_LIMITED', 1, 2 * HOUR],
    ['429 with Retry-After 0', { retryAfter: 0 }, 'GHL_RATE_LIMITED', 1, 3.75 * SECOND],
    ['429 with a Retry-After that is nonsense', { retryAfter: 'soon' }, 'GHL_RATE_LIMITED', 1, 3.75 * SECOND],
    ['500', nest(500, 'Invalid grant: refresh token is invalid'), 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['502', { status: 502, body: '<html>Bad gateway</html>' }, 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['503', nest(503, 'Service unavailable'), 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['504', { status: 504 }, 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['408', { status: 408 }, 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['no answer', 'hang', 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['a connection that breaks', 'reset', 'GHL_UPSTREAM_UNAVAILABLE', 2, 3.75 * SECOND],
    ['a connection that does not open', 'refused', 'GHL_UPSTREAM_UNAVAILABLE', 1, 3.75 * SECOND],
    [
      'a page of a proxy',
      { status: 403, body: '<html>invalid_grant</html>' },
      'GHL_UNEXPECTED_RESPONSE',
      1,
      3.75 * SECOND,
    ],
    [
      'a redirect',
      { status: 302, body: { error: 'invalid_grant' }, headers: { location: 'https://a.example' } },
      'GHL_UNEXPECTED_RESPONSE',
      1,
      3.75 * SECOND,
    ],
  ] as const)(
    '%s: retrying, a valid token is served, a lapsed one is waited for, nothing is lost',
    async (_, action, code, calls, retryInMs) => {
      const scene = await locationScene();
      const before = await scene.credential();
      const trouble = scene.simulator.outage(action, REFRESH);
      const error = await scene.recover();
      expect(error).toMatchObject({ code, retryable: true, installation: scene.ref });
      expect(error).toMatchObject({ retryAt: new Date(scene.bench.clock.now() + retryInMs) });
      if (typeof action === 'object' && 'status' in action) expect(error).toMatchObject({ status: action.status });
      if (JSON.stringify(action).includes(TRACE_ID)) expect(error).toMatchObject({ traceId: TRACE_ID });
      expect(scene.calls()).toHaveLength(calls);
      expect(await scene.look()).toMatchObject({
        state: 'retrying',
        refreshable: true,
        code,
        rung: 'refresh',
        retryInMs,
      });
      expect(await scene.credential()).toEqual(before);
      expect(await scene.token()).toBe(before?.accessToken);

      await scene.wait(retryInMs - 1);
      expect(await scene.recover()).toMatchObject({ code: 'GHL_RECOVERY_PENDING', cause: { code } });
      expect(scene.calls()).toEqual([]);
      trouble.end();
      await scene.wait(1);
      expect(await scene.recover()).toBe('refresh');
      expect(await scene.told()).toEqual(['active', 'retrying', 'active']);
      expect(scene.bench.ledger.presentedTwice()).toEqual([]);
    },
  );

  it('for a year, gives nothing up, at a call an hour', async () => {
    const scene = await locationScene();
    const outage = scene.simulator.outage();
    await scene.wait(DAY);
    for (let day = 0; day < 30; day += 1) {
      for (let look = 0; look < 4; look += 1) {
        expect(await scene.token()).toMatchObject({ retryable: true });
        await scene.wait(6 * HOUR);
      }
    }
    expect(await scene.look()).toMatchObject({ state: 'retrying', refreshable: true });
    outage.end();
    expect(await scene.token()).toEqual(expect.any(String));
  });

  it('a rate limit of the real kind is lived with', async () => {
    const scene = await locationScene({
      settings: { limits: { oauth: { max: 3, intervalMs: 10 * SECOND }, retryAfter: 'honest' } },
    });
    const refs = [scene.ref];
    for (let more = 0; more < 7; more += 1) refs.push(await scene.bench.installed(scene.instance));
    scene.simulator.settings.limits.oauth.enabled = true;
    const left = new Set(refs);
    for (let round = 0; round < 10 && left.size > 0; round += 1) {
      await Promise.all(
        [...left].map(async (ref) => void ((await scene.recover(ref)) === 'refresh' && left.delete(ref))),
      );
      await scene.wait(11 * SECOND);
    }
    expect(left.size).toBe(0);
    expect(scene.bench.ledger.presentedTwice()).toEqual([]);
  });
});

describe('the lifetime of a token', () => {
  it.each([
    ['missing', 'missing'],
    ['a string', { value: '86399' }],
    ['NaN', { value: Number.NaN }],
    ['null', { value: null }],
    ['zero', { value: 0 }],
    ['negative', { value: -86_399 }],
    ['absurd', { value: 9e15 }],
    ['in ms', { value: 86_399_000 }],
    ['an object', { value: {} }],
  ] as const)('that is %s counts as half a day from when it was asked for', async (_, expiresIn) => {
    const scene = await locationScene({ settings: { token: { expiresIn } } });
    scene.simulator.fault({ match: REFRESH, do: { delayMs: 9 * SECOND } });
    const sentAt = scene.bench.clock.now();
    expect(await scene.recover()).toBe('refresh');
    expect(await scene.credential()).toMatchObject({ obtainedAt: sentAt, expiresAt: sentAt + DAY / 2 });
    scene.calls();
    await scene.wait(DAY / 2 - HOUR - 10 * SECOND);
    await scene.token();
    expect(scene.calls()).toEqual([]);
    await scene.wait(2 * HOUR);
    await scene.token();
    expect(scene.calls()).toEqual(['refresh: issued']);
  });

  it('of a second is honest, and does not spin', async () => {
    const scene = await locationScene({ settings: { token: { expiresIn: { value: 1 } } } });
    const value = await scene.token();
    expect(value).toEqual(expect.any(String));
    for (let call = 0; call < 20; call += 1) await scene.token();
    expect(scene.calls().length).toBeLessThanOrEqual(1);
  });
});

describe('a company token', () => {
  it.each([{}, { refreshWantsUserType: true }, { answerCase: 'camelCase' }] as TokenSettings[])(
    'lives as well (%j)',
    async (token) => {
      const scene = await locationScene({ settings: { token } });
      const { companyId } = scene.simulator.addCompany();
      const { code } = scene.simulator.installCompany(companyId);
      await scene.bench.run(scene.instance.tokens.exchangeCode(code));
      await scene.wait(DAY);
      scene.calls();
      expect(await scene.token({ companyId })).toEqual(expect.any(String));
      expect(scene.calls()).toEqual(['refresh: issued']);
      expect((await scene.credential({ companyId }))?.userType).toBe('Company');
    },
  );
});
