import { describe, expect, it } from '@jest/globals';
import { said, simulation } from './support/simulation.js';

describe('reconnect on the simulator', () => {
  it('gives a code for a location and for a company, which the token endpoint turns into a pair', () => {
    const { simulator, installed, bulk, reconnect, exchange } = simulation();
    const { locationId } = installed();
    const { companyId } = bulk();
    for (const [body, userType] of [
      [{ locationId }, 'Location'],
      [{ companyId }, 'Company'],
    ] as const) {
      const { status, json, text } = reconnect(body);
      expect([status, json]).toEqual([
        200,
        {
          authorizationCode: expect.any(String),
          expiresAt: new Date(simulator.now() + 60_000).toISOString(),
          traceId: expect.any(String),
        },
      ]);
      expect(exchange(text('authorizationCode')).json).toMatchObject({ ...body, userType });
    }
  });

  it('repairs what an incident has broken', () => {
    const { simulator, installed, reconnect, exchange, refresh, api } = simulation();
    const { locationId, access, refresh: token } = installed();
    simulator.invalidateAll();
    expect([api('GET', `/locations/${locationId}`, access).status, refresh(token).status]).toEqual([401, 400]);
    const pair = exchange(reconnect({ locationId }).text('authorizationCode'));
    expect(api('GET', `/locations/${locationId}`, pair.text('access_token')).status).toBe(200);
  });

  it('lets a code work once, until it expires, and only with its key pair', async () => {
    const { simulator, app, installed, reconnect, exchange } = simulation();
    const { locationId } = installed();
    const code = reconnect({ locationId }).text('authorizationCode');
    const other = app.addClient();
    expect(exchange(code, { client_id: other.clientId, client_secret: other.clientSecret }).status).toBe(401);
    expect([exchange(code).status, exchange(code).status]).toEqual([200, 400]);
    const late = reconnect({ locationId }).text('authorizationCode');
    await simulator.clock.advance(60_000);
    expect(said(exchange(late))).toBe('Authorization code has expired');
  });

  it.each([
    ['removed', 400, 'API endpoint has been removed'],
    ['notFound', 404, 'Cannot POST /oauth/reconnect'],
    ['notInstalled', 400, 'The app is not installed here'],
  ] as const)('can be %s', (mode, status, message) => {
    const { installed, reconnect } = simulation({ reconnect: { mode } });
    const answer = reconnect({ locationId: installed().locationId });
    expect([answer.status, answer.json['message']]).toEqual([status, message]);
  });

  it('says "has been removed" to every body, in the words that integrators have seen', () => {
    const { reconnect } = simulation({ reconnect: { mode: 'removed' }, traceIds: false });
    expect(reconnect({ nonsense: true }).json).toEqual({
      message: 'API endpoint has been removed',
      error: 'Bad Request',
      statusCode: 400,
    });
  });

  it('can be there for one app or place and gone for another', () => {
    const { simulator, app, installed, reconnect } = simulation();
    const [one, two] = [installed(), installed()];
    simulator.setReconnect('removed', { appId: app.appId });
    simulator.setReconnect('available', { place: { locationId: two.locationId } });
    expect(reconnect({ locationId: one.locationId }).status).toBe(400);
    expect(reconnect({ locationId: two.locationId }).status).toBe(200);
    const other = simulator.addApp();
    simulator.installLocation(one.locationId, { appId: other.appId });
    const { clientId: clientKey, clientSecret } = other.client;
    expect(reconnect({ locationId: one.locationId, clientKey, clientSecret }).status).toBe(200);
    simulator.setReconnect('available', { appId: app.appId });
    expect(reconnect({ locationId: one.locationId }).status).toBe(200);
  });

  it('wants the key pair with which the installation was made', () => {
    const { app, installed, reconnect } = simulation();
    const { locationId } = installed();
    const other = app.addClient();
    for (const keys of [
      { clientKey: other.clientId, clientSecret: other.clientSecret },
      { clientSecret: 'wrong' },
      { clientKey: 'nobody' },
    ]) {
      const answer = reconnect({ locationId, ...keys });
      expect([answer.status, said(answer)]).toEqual([401, 'Invalid client credentials!']);
    }
  });

  it('refuses where the app is not installed (any more), or the place is not active', () => {
    const { simulator, installed, reconnect } = simulation();
    const { locationId } = installed();
    expect(said(reconnect({ locationId: 'unknown' }))).toBe('The app is not installed here');
    simulator.deactivate({ locationId });
    expect(said(reconnect({ locationId }))).toBe('Location is not active');
    simulator.uninstall({ locationId });
    expect(said(reconnect({ locationId }))).toBe('The app is not installed here');
  });

  it.each([
    [{ locationId: 'a', companyId: 'b' }, 400, 'Send either locationId or companyId'],
    [{}, 422, ['locationId or companyId should not be empty']],
    [{ locationId: 'a', location: 'b' }, 422, ['property location should not exist']],
    [{ locationId: 5 }, 422, ['locationId must be a string']],
    [{ locationId: 'a', clientKey: undefined }, 422, ['clientKey should not be empty', 'clientKey must be a string']],
  ])('refuses %j', (body, status, message) => {
    const answer = simulation().reconnect(body);
    expect([answer.status, answer.json['message']]).toEqual([status, message]);
  });

  it('wants JSON, and neither Authorization nor Version', () => {
    const { simulator, installed, reconnect } = simulation();
    const { locationId, access } = installed();
    expect(reconnect({ locationId }, { 'content-type': 'application/x-www-form-urlencoded' }).status).toBe(422);
    expect(reconnect({ locationId }, { authorization: `Bearer ${access}` }).status).toBe(400);
    expect(reconnect({ locationId }, { version: '2021-07-28' }).status).toBe(400);
    expect(said(reconnect({ locationId }, { version: 'v3' }))).toMatch(/not available in API version v3/);
    simulator.settings.reconnect.acceptsForm = true;
    const { clientId, clientSecret } = simulator.installation({ locationId }).app.client;
    const body = new URLSearchParams({ clientKey: clientId, clientSecret, locationId }).toString();
    const headers = { 'user-agent': 'x', 'content-type': 'application/x-www-form-urlencoded' };
    expect(simulator.handle({ method: 'POST', url: '/oauth/reconnect', headers, body }).status).toBe(200);
  });

  it('can answer in another shape', () => {
    const { installed, reconnect } = simulation({
      reconnect: { shapeAnswer: ({ authorizationCode }) => ({ code: authorizationCode }) },
    });
    const { status, json } = reconnect({ locationId: installed().locationId });
    expect([status, json]).toEqual([200, { code: expect.any(String) }]);
  });

  it('has every unknown as a setting', () => {
    const { simulator, installed, reconnect, exchange, api } = simulation({
      reconnect: {
        status: 201,
        codeSingleUse: false,
        newCodeKillsEarlier: true,
        exchangeWantsRedirectUri: true,
        exchangeWantsUserType: true,
        kills: 'none',
      },
      answers: { reconnectNotInstalled: { status: 404, message: 'Installation not found' } },
    });
    const { locationId, access } = installed();
    const early = reconnect({ locationId });
    expect(early.status).toBe(201);
    const code = reconnect({ locationId }).text('authorizationCode');
    const full = {
      redirect_uri: simulator.installation({ locationId }).app.redirectUris[0] ?? '',
      user_type: 'Location',
    };
    expect(said(exchange(early.text('authorizationCode'), full))).toBe('Invalid authorization code');
    expect(said(exchange(code))).toBe('Missing parameter: redirectUri');
    expect(said(exchange(code, { redirect_uri: full.redirect_uri }))).toBe('Missing parameter: userType');
    expect([exchange(code, full).status, exchange(code, full).status]).toEqual([200, 200]);
    expect(api('GET', `/locations/${locationId}`, access).status).toBe(200);
    const absent = reconnect({ locationId: 'absent' });
    expect([absent.status, said(absent)]).toEqual([404, 'Installation not found']);
  });
});
