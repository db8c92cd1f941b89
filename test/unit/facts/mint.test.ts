import { describe, expect, it } from '@jest/globals';
import type { PartialSettings } from '../../../lib/testing.js';
import { DAY, HOUR, MINT, mintedScene, MINUTE, nest, oauth, SECOND, TRACE_ID, type Scene } from './support/scene.js';

/** A location whose own tokens are dead, and whose company could mint another. */
async function deadScene(settings: PartialSettings = {}): Promise<Scene> {
  const scene = await mintedScene({ settings });
  scene.simulator.invalidateAll(scene.ref);
  // The company's token is old enough to be replaced, should anything call for it.
  await scene.wait(MINUTE);
  scene.calls();
  return scene;
}

const OWN = 'refresh: refreshTokenInvalid';

describe('a mint that is answered', () => {
  it.each([
    [nest(401, "This token's user type is not yet supported!"), 'GHL_TOKEN_TYPE_MISMATCH'],
    [oauth(401, 'unauthorized', "THIS TOKEN'S USER TYPE IS NOT YET SUPPORTED!"), 'GHL_TOKEN_TYPE_MISMATCH'],
    [nest(401, 'The token is not authorized for this scope.'), 'GHL_SCOPE_MISSING'],
    [nest(403, 'The token does not have access to this location.'), 'GHL_GRANT_REFUSED'],
    [nest(400, 'The app is not installed on this location'), 'GHL_GRANT_REFUSED'],
  ])('%j is definite: the next rung at once, and the company is not renewed for it', async (answer, code) => {
    const scene = await deadScene();
    const before = await scene.credential({ companyId: scene.companyId });
    scene.simulator.fault({ match: MINT, times: 2, do: answer });
    expect(await scene.recover()).toBe('reconnect');
    expect(scene.calls()).toEqual([OWN, `mint: ${answer.status}`, 'reconnect: issued', 'exchange: issued']);
    expect(await scene.credential({ companyId: scene.companyId })).toEqual(before);
    const onPurpose = scene.instance.tokens.mintLocationToken({
      locationId: (scene.ref as { locationId: string }).locationId,
      companyId: scene.companyId,
    });
    await expect(scene.bench.run(onPurpose)).rejects.toMatchObject({
      code,
      status: answer.status,
      ...('traceId' in answer.body && { traceId: TRACE_ID }),
    });
    expect(await scene.look()).toMatchObject({ state: 'active' });
  });

  it.each([nest(400, 'Location is not active'), oauth(400, 'invalid_request', 'LOCATION IS NOT ACTIVE')])(
    '%j suspends the location, and not its company',
    async (answer) => {
      const scene = await deadScene();
      scene.simulator.fault({ match: MINT, do: answer });
      expect(await scene.recover()).toMatchObject({
        code: 'GHL_SUSPENDED',
        retryAt: new Date(scene.bench.clock.now() + 6 * HOUR),
      });
      expect(scene.calls()).toEqual([OWN, 'mint: 400']);
      expect(await scene.look()).toMatchObject({ state: 'suspended', rung: 'mint' });
      expect(await scene.look({ companyId: scene.companyId })).toMatchObject({ state: 'active' });
      await scene.wait(6 * HOUR);
      expect(await scene.recover()).toBe('mint');
    },
  );

  it.each([nest(401, 'version header was not found.'), nest(401, 'version header is invalid')])(
    '%j is our own trouble: no token is renewed for it',
    async (answer) => {
      const scene = await deadScene();
      scene.simulator.fault({ match: MINT, do: answer });
      expect(await scene.recover()).toBe('reconnect');
      expect(scene.calls()).toEqual([OWN, 'mint: 401', 'reconnect: issued', 'exchange: issued']);
    },
  );

  it.each([nest(401, 'Invalid JWT'), nest(401, 'Invalid token: access token is invalid')])(
    '%j is about the company: it is renewed once, and minting is repeated',
    async (answer) => {
      const scene = await deadScene();
      await scene.wait(MINUTE);
      scene.simulator.fault({ match: MINT, do: answer });
      expect(await scene.recover()).toBe('mint');
      expect(scene.calls()).toEqual([OWN, 'mint: 401', 'refresh: issued', 'mint: issued']);
      expect(await scene.look({ companyId: scene.companyId })).toMatchObject({ state: 'active', origin: 'refresh' });
    },
  );

  it('401 in unknown words renews the company at most a few times, however often it is asked', async () => {
    const scene = await deadScene();
    scene.simulator.setReconnect('removed');
    scene.simulator.outage(nest(401, 'Something new'), MINT);
    await scene.wait(MINUTE);
    const until = scene.bench.clock.now() + DAY - 2 * HOUR;
    while (scene.bench.clock.now() < until) {
      await scene.recover();
      await scene.wait(10 * MINUTE);
    }
    const renewals = scene.calls().filter((call) => call === 'refresh: issued');
    expect(renewals.length).toBeLessThanOrEqual(3);
    expect(await scene.look()).toMatchObject({ state: 'retrying', code: 'GHL_UNEXPECTED_RESPONSE', rung: 'mint' });
  });

  it.each([
    [{ status: 503 }, 'GHL_UPSTREAM_UNAVAILABLE', 3.75 * SECOND],
    [{ status: 429 }, 'GHL_RATE_LIMITED', 3.75 * SECOND],
    [{ retryAfter: 60 }, 'GHL_RATE_LIMITED', MINUTE],
    ['hang', 'GHL_UPSTREAM_UNAVAILABLE', 3.75 * SECOND],
    ['refused', 'GHL_UPSTREAM_UNAVAILABLE', 3.75 * SECOND],
    [{ kind: 'withoutAccessToken', handled: true }, 'GHL_UNEXPECTED_RESPONSE', 3.75 * SECOND],
  ] as const)('%j says nothing: it is tried again, and nothing else meanwhile', async (action, code, retryInMs) => {
    const scene = await deadScene();
    scene.simulator.fault({ match: MINT, do: action });
    expect(await scene.recover()).toMatchObject({ code });
    expect(await scene.look()).toMatchObject({ state: 'retrying', code, rung: 'mint', retryInMs });
    expect(scene.calls()).toHaveLength(2);
    await scene.wait(retryInMs);
    expect(await scene.recover()).toBe('mint');
  });

  it('a token of another location is not taken', async () => {
    const scene = await deadScene();
    const before = await scene.credential();
    scene.simulator.settings.token.shapeAnswer = (answer) => ({ ...answer, locationId: 'anotherLocation' });
    expect(await scene.recover()).toMatchObject({
      code: 'GHL_UNEXPECTED_RESPONSE',
      message: expect.stringContaining('a token of another place'),
      traceId: expect.any(String),
    });
    expect(await scene.credential()).toEqual({ ...before, refreshTokenRefused: true });
    scene.simulator.settings.token.shapeAnswer = (answer) => answer;
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('mint');
  });
});

describe('what nobody has written down about minting', () => {
  it.each<[string, NonNullable<PartialSettings['mint']>, string]>([
    ['it answers 200', { status: 200 }, 'refresh: issued'],
    ['it answers 201', { status: 201 }, 'refresh: issued'],
    ['without refresh_token', { refreshToken: false }, 'mint: issued'],
    ['without userType', { userType: false }, 'refresh: issued'],
    ['without companyId', { companyId: false }, 'refresh: issued'],
    ['without any of them', { refreshToken: false, userType: false, companyId: false }, 'mint: issued'],
    ['older tokens die', { kills: 'all' }, 'refresh: issued'],
    ['older refresh tokens die', { kills: 'refresh' }, 'refresh: issued'],
    ['a minted token lives for an hour', { refreshToken: false, lifetimeMs: HOUR }, 'mint: issued'],
  ])('%s: the location comes back, and is renewed with "%3$s"', async (_, settings, renewal) => {
    const scene = await mintedScene({ settings: { mint: settings } });
    expect(await scene.look()).toMatchObject({
      state: 'active',
      origin: 'mint',
      refreshable: settings.refreshToken !== false,
    });
    expect((await scene.credential())?.userType).toBe('Location');
    scene.calls();
    await scene.wait(DAY);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(scene.calls().at(-1)).toBe(renewal);
    expect(await scene.look()).toMatchObject({ state: 'active' });
  });

  it('a token without refresh_token never takes the place of the one that is stored', async () => {
    const scene = await mintedScene();
    const before = await scene.credential();
    scene.simulator.settings.mint.refreshToken = false;
    await scene.bench.run(
      scene.instance.tokens.mintLocationToken({
        locationId: (scene.ref as { locationId: string }).locationId,
        companyId: scene.companyId,
      }),
    );
    const after = await scene.credential();
    expect(after?.accessToken).not.toBe(before?.accessToken);
    expect(after?.refreshToken).toBe(before?.refreshToken);
    await scene.wait(DAY);
    scene.calls();
    expect(await scene.recover()).toBe('refresh');
  });
});

describe('a company in trouble', () => {
  it('that is dead ends its locations, which come back with it', async () => {
    const scene = await mintedScene({ settings: { mint: { refreshToken: false } } });
    scene.simulator.invalidateAll();
    scene.simulator.setReconnect('removed');
    await scene.wait(DAY);
    expect(await scene.token()).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(await scene.look({ companyId: scene.companyId })).toMatchObject({ state: 'needs_reauthorization' });
    const { code } = scene.simulator.authorizeAgain({ companyId: scene.companyId });
    await scene.bench.run(scene.instance.tokens.exchangeCode(code));
    await scene.wait(MINUTE);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(await scene.look()).toMatchObject({ state: 'active', origin: 'mint' });
  });

  it('that is suspended or unreachable keeps its locations waiting, and does not end them', async () => {
    for (const trouble of ['suspended', 'unreachable']) {
      const scene = await mintedScene({ settings: { mint: { refreshToken: false } } });
      scene.simulator.setReconnect('removed');
      if (trouble === 'suspended') scene.simulator.deactivate({ companyId: scene.companyId });
      const outage = trouble === 'unreachable' ? scene.simulator.outage() : undefined;
      await scene.wait(DAY);
      expect(await scene.token()).toHaveProperty('code');
      expect((await scene.look()).state).toBe('retrying');
      outage?.end();
      scene.simulator.activate({ companyId: scene.companyId });
      await scene.wait(DAY);
      expect(await scene.token()).toEqual(expect.any(String));
    }
  });
});
