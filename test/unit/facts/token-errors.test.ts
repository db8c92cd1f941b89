import { describe, expect, it } from '@jest/globals';
import { HOUR, locationScene, MINUTE, nest, oauth, REFRESH, SECOND, TRACE_ID, DAY } from './support/scene.js';

/** Every way in which a text can arrive: both families, as a list, in other cases. */
const shapes = (status: number, text: string) => [
  nest(status, text),
  nest(status, [text, 'and something else']),
  nest(status, text.toUpperCase()),
  oauth(status, text),
  oauth(status, 'some_error', text),
  oauth(status, 'some_error', text.toLowerCase()),
];

describe.each([
  [400, 'Invalid grant: refresh token is invalid'],
  [400, 'invalid_grant'],
  [400, 'This refresh token is invalid'],
  [400, 'Invalid refresh token'],
  [401, 'Invalid refresh token'],
])('a refresh that is answered %i "%s"', (status, text) => {
  it.each(shapes(status, text))(
    'moves on to Reconnect, and the token is never presented again (%j)',
    async (answer) => {
      const scene = await locationScene();
      scene.simulator.fault({ match: REFRESH, do: answer });
      expect(await scene.recover()).toBe('reconnect');
      expect(scene.calls()).toEqual([`refresh: ${status}`, 'reconnect: issued', 'exchange: issued']);
      expect(await scene.look()).toMatchObject({
        state: 'active',
        origin: 'reconnect',
        refreshable: true,
        code: undefined,
      });
    },
  );

  it('ends in needs_reauthorization where Reconnect is gone: told once, no further call', async () => {
    const scene = await locationScene();
    scene.simulator.setReconnect('removed');
    const { refreshToken } = (await scene.credential()) ?? {};
    scene.simulator.fault({ match: REFRESH, do: nest(status, text) });
    expect(await scene.recover()).toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
      status: 400,
      cause: { code: 'GHL_RECONNECT_UNAVAILABLE' },
    });
    expect(scene.calls()).toEqual([`refresh: ${status}`, 'reconnect: endpointRemoved']);
    expect(await scene.look()).toMatchObject({
      state: 'needs_reauthorization',
      refreshable: false,
      rung: 'reconnect',
      retryInMs: null,
    });
    expect(await scene.credential()).toMatchObject({ refreshToken, refreshTokenRefused: true });
    await scene.wait(10 * MINUTE);
    expect(await scene.token()).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(scene.calls()).toEqual([]);
    expect(await scene.told()).toEqual(['active', 'needs_reauthorization']);
  });
});

describe('a refresh token that another instance has rotated already', () => {
  it('is not presented: looking again comes first', async () => {
    const scene = await locationScene();
    const other = scene.bench.instance();
    const rejected = (await scene.bench.run(scene.instance.tokens.getCredential(scene.ref))).id;
    const renewed = await scene.bench.run(other.tokens.refresh(scene.ref));
    scene.calls();
    const { rung, credential } = await scene.bench.run(scene.instance.reconnects.recover(scene.ref, { rejected }));
    expect(rung).toBe('none');
    expect(credential.token).toBe(renewed.token);
    expect(scene.calls()).toEqual([]);
  });
});

describe('a refresh that is answered "Location is not active"', () => {
  it.each(shapes(400, 'Location is not active'))('suspends the location and keeps its token (%j)', async (answer) => {
    const scene = await locationScene();
    const before = await scene.credential();
    scene.simulator.fault({ match: REFRESH, do: answer });
    const error = await scene.recover();
    expect(error).toMatchObject({ code: 'GHL_SUSPENDED', status: 400, retryable: true });
    expect(error).toMatchObject({ retryAt: new Date(scene.bench.clock.now() + 6 * HOUR) });
    if ('traceId' in answer.body) expect(error).toMatchObject({ traceId: TRACE_ID });
    expect(scene.calls()).toEqual(['refresh: 400']);
    expect(await scene.look()).toMatchObject({
      state: 'suspended',
      refreshable: true,
      code: 'GHL_SUSPENDED',
      retryInMs: 6 * HOUR,
    });
    expect(await scene.credential()).toEqual(before);
  });

  it('is looked at slowly, one call at a time, and comes back with the same token', async () => {
    const scene = await locationScene();
    const place = scene.ref as { locationId: string };
    scene.simulator.deactivate(place);
    await scene.recover();
    scene.calls();
    for (let look = 0; look < 3; look += 1) {
      await scene.wait(6 * HOUR - SECOND);
      expect(await scene.token()).toMatchObject({ code: 'GHL_SUSPENDED' });
      expect(scene.calls()).toEqual([]);
      await scene.wait(SECOND);
      await Promise.all([scene.token(), scene.token()]);
      expect(scene.calls()).toEqual(['refresh: placeInactive']);
    }
    scene.simulator.activate(place);
    await scene.wait(6 * HOUR);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(scene.calls()).toEqual(['refresh: issued']);
    expect(await scene.told()).toEqual(['active', 'suspended', 'active']);
  });

  it('stays suspended while HighLevel is down, at the pace of the back-off and without a word to the host', async () => {
    const scene = await locationScene();
    scene.simulator.deactivate(scene.ref);
    await scene.recover();
    const outage = scene.simulator.outage();
    await scene.wait(6 * HOUR);
    expect(await scene.token()).toMatchObject({ code: 'GHL_SUSPENDED' });
    expect(await scene.look()).toMatchObject({
      state: 'suspended',
      code: 'GHL_UPSTREAM_UNAVAILABLE',
      retryInMs: 7.5 * SECOND,
    });
    outage.end();
    scene.simulator.activate(scene.ref);
    await scene.wait(MINUTE);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(await scene.told()).toEqual(['active', 'suspended', 'active']);
  });
});

describe.each([
  [400, 'Missing parameter: clientId'],
  [400, 'Invalid parameter: grantType'],
  [422, 'grant_type must be a valid enum value'],
  [422, 'property userType should not exist'],
])('a refresh that is answered %i "%s"', (status, text) => {
  it.each(shapes(status, text))('is our own trouble: tried again later, nothing is given up (%j)', async (answer) => {
    const scene = await locationScene();
    const before = await scene.credential();
    scene.simulator.fault({ match: REFRESH, do: answer });
    const error = await scene.recover();
    expect(error).toMatchObject({
      code: 'GHL_UNEXPECTED_RESPONSE',
      status,
      message: expect.stringMatching(/malformed: HTTP/),
    });
    expect(error).toHaveProperty('retryAt');
    if ('traceId' in answer.body) expect(error).toMatchObject({ traceId: TRACE_ID });
    expect(scene.calls()).toEqual([`refresh: ${status}`]);
    expect(await scene.look()).toMatchObject({
      state: 'retrying',
      refreshable: true,
      rung: 'refresh',
      retryInMs: 3.75 * SECOND,
    });
    expect(await scene.credential()).toEqual(before);
    expect(await scene.token()).toBe(before?.accessToken);
    expect(scene.calls()).toEqual([]);
    await scene.wait(DAY);
    expect(await scene.token()).toEqual(expect.any(String));
    expect(scene.calls()).toEqual(['refresh: issued']);
  });
});

describe('a refresh whose answer nobody knows', () => {
  it('moves on only when it was heard twelve times over a day', async () => {
    const scene = await locationScene();
    scene.simulator.outage(nest(418, 'I am something new'), REFRESH);
    await scene.wait(DAY);
    let attempts = 0;
    const began = scene.bench.clock.now();
    while ((await scene.look()).state !== 'active' || attempts === 0) {
      await scene.token();
      expect((await scene.look()).state).not.toBe('needs_reauthorization');
      attempts += 1;
      await scene.wait(HOUR);
    }
    expect(scene.bench.clock.now() - began).toBeGreaterThanOrEqual(DAY);
    expect(attempts).toBeGreaterThanOrEqual(12);
    expect(scene.calls().slice(-3)).toEqual(['refresh: 418', 'reconnect: issued', 'exchange: issued']);
    expect(await scene.told()).toEqual(['active', 'retrying', 'active']);
  });

  it('begins counting anew when it changes', async () => {
    const scene = await locationScene();
    let count = 0;
    scene.simulator.fault({
      match: { ...REFRESH, when: () => (count += 1) % 2 === 0 },
      times: 'forever',
      do: nest(418, 'I am something new'),
    });
    scene.simulator.outage(nest(418, 'I am something else'), REFRESH);
    await scene.wait(DAY);
    for (let hour = 0; hour < 60; hour += 1) {
      await scene.token();
      await scene.wait(HOUR);
    }
    expect(await scene.look()).toMatchObject({ state: 'retrying', refreshable: true });
    expect(scene.calls().every((call) => call === 'refresh: 418')).toBe(true);
  });
});
