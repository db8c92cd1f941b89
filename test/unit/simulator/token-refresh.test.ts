import { describe, expect, it } from '@jest/globals';
import { said, simulation } from './support/simulation.js';

describe('a refresh on the simulator', () => {
  it('hands over a new pair in the documented form', () => {
    const { app, installed, refresh } = simulation();
    const { locationId, companyId, refresh: token } = installed();
    const { status, json } = refresh(token, { user_type: 'Location' });
    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]{300,}\.[\w-]{300,}$/),
      token_type: 'Bearer',
      expires_in: 86_399,
      refresh_token: expect.stringMatching(/^[\w-]+\.[\w-]{500,}\.[\w-]{300,}$/),
      refreshTokenId: expect.any(String),
      scope: app.scopes.join(' '),
      userType: 'Location',
      companyId,
      locationId,
      userId: expect.any(String),
      planId: app.versionId,
      isBulkInstallation: false,
      traceId: expect.any(String),
    });
  });

  it('takes JSON as well as a form', () => {
    const { simulator, app, installed } = simulation();
    const answer = simulator.handle({
      method: 'POST',
      url: 'https://services.leadconnectorhq.com/oauth/token',
      headers: { 'User-Agent': 'x', 'Content-Type': 'application/json; charset=utf-8' },
      body: new TextEncoder().encode(
        JSON.stringify({
          client_id: app.client.clientId,
          client_secret: app.client.clientSecret,
          grant_type: 'refresh_token',
          refresh_token: installed().refresh,
        }),
      ),
    });
    expect(answer.status).toBe(200);
  });

  it('works once, and again within the grace of 30 s with the same pair as answer', async () => {
    const { simulator, installed, refresh } = simulation();
    const token = installed().refresh;
    const first = refresh(token).json;
    await simulator.clock.advance(30_000);
    const second = refresh(token);
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({
      access_token: first['access_token'],
      refresh_token: first['refresh_token'],
      refreshTokenId: first['refreshTokenId'],
    });
    await simulator.clock.advance(1);
    const third = refresh(token);
    expect([third.status, third.json]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'This refresh token is invalid' },
    ]);
    expect(refresh(first['refresh_token'] as string).status).toBe(200);
  });

  it('has no grace for the same refresh token with another secret of the client', () => {
    const { app, installed, refresh } = simulation();
    const token = installed().refresh;
    const { clientId, clientSecret } = app.client;
    const other = app.rotateSecret(clientId, { keepOld: true });
    expect(refresh(token, { client_secret: clientSecret }).status).toBe(200);
    expect(refresh(token, { client_secret: other.clientSecret }).json['error']).toBe('invalid_grant');
    expect(refresh(token, { client_secret: clientSecret }).status).toBe(200);
  });

  it('can make another access token within the grace, but keeps the refresh token', () => {
    const { installed, refresh } = simulation({ token: { graceRepeatsAccessToken: false } });
    const token = installed().refresh;
    const [first, second] = [refresh(token).json, refresh(token).json];
    expect(second['refresh_token']).toBe(first['refresh_token']);
    expect(second['access_token']).not.toBe(first['access_token']);
  });

  it('can kill the whole installation when a used refresh token comes after the grace', async () => {
    const { simulator, installed, refresh } = simulation({ token: { afterGrace: 'killsInstallation' } });
    const token = installed().refresh;
    const next = refresh(token).text('refresh_token');
    await simulator.clock.advance(30_001);
    expect(refresh(token).status).toBe(400);
    expect(refresh(next).status).toBe(400);
  });

  it('can repeat the same answer for ever', async () => {
    const { simulator, installed, refresh } = simulation({ token: { afterGrace: 'sameAnswer' } });
    const token = installed().refresh;
    const first = refresh(token).json;
    await simulator.clock.advance(3_600_000);
    expect(refresh(token).json['refresh_token']).toBe(first['refresh_token']);
  });

  it('can leave the refresh token out of the answer, and the old one then lives on', async () => {
    const { simulator, installed, refresh } = simulation({ token: { rotates: false } });
    const token = installed().refresh;
    expect(refresh(token).json).not.toHaveProperty('refresh_token');
    await simulator.clock.advance(60_000);
    expect(refresh(token).status).toBe(200);
    expect(simulator.ledger.presentedTwice()).toEqual([]);
  });

  it('leaves older access tokens alive unless told otherwise', () => {
    const { simulator, installed, refresh, api } = simulation();
    const place = installed();
    refresh(place.refresh);
    expect(api('GET', `/locations/${place.locationId}`, place.access).status).toBe(200);
    simulator.settings.token.refreshKillsAccessTokens = true;
    const other = installed();
    refresh(other.refresh);
    expect(api('GET', `/locations/${other.locationId}`, other.access).status).toBe(401);
  });

  it('ends with the refresh token: after a year, or when it is killed', async () => {
    const { simulator, installed, refresh } = simulation();
    const [first, second] = [installed(), installed()];
    simulator.killRefreshToken({ locationId: first.locationId });
    expect(refresh(first.refresh).status).toBe(400);
    await simulator.clock.advance(365 * 86_400_000);
    expect(refresh(second.refresh).status).toBe(400);
  });

  it.each([
    ['honest', 86_399],
    ['missing', undefined],
    [{ value: '86399' }, '86399'],
    [{ value: Number.NaN }, null],
    [{ value: -1 }, -1],
    [{ value: 1e30 }, 1e30],
  ] as const)('can announce %j as expires_in', (expiresIn, announced) => {
    const { installed, refresh } = simulation({ token: { expiresIn } });
    expect(refresh(installed().refresh).json['expires_in']).toBe(announced);
  });

  it('answers in camelCase where asked to, and to Version v3', () => {
    const { simulator, installed, refresh, token } = simulation();
    const v3 = token({ grant_type: 'refresh_token', refresh_token: installed().refresh }, { version: 'v3' });
    expect(v3.json).toMatchObject({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 86_399,
    });
    simulator.settings.token.answerCase = 'camelCase';
    expect(refresh(installed().refresh).json).toHaveProperty('accessToken');
  });

  it('can answer in snake_case to Version v3, too: of that the documents say both', () => {
    const { installed, token } = simulation({ token: { v3AnswerCase: 'snake_case', answerCase: 'camelCase' } });
    const v3 = token({ grant_type: 'refresh_token', refresh_token: installed().refresh }, { version: 'v3' });
    expect(v3.json).toMatchObject({ access_token: expect.any(String), expires_in: 86_399 });
  });

  it('can have another grace', async () => {
    const { simulator, installed, refresh } = simulation({ token: { graceMs: 5_000 } });
    const token = installed().refresh;
    refresh(token);
    await simulator.clock.advance(5_000);
    expect(refresh(token).status).toBe(200);
    await simulator.clock.advance(1);
    expect(refresh(token).status).toBe(400);
  });
});

describe('the errors of a refresh', () => {
  it('says "Invalid refresh token" of a malformed, truncated or unknown one, before it looks at the credentials', () => {
    const { installed, refresh } = simulation();
    const { refresh: token, access } = installed();
    for (const value of ['undefined', token.slice(0, 512), access]) {
      const answer = refresh(value, { client_secret: 'wrong' });
      expect([answer.status, said(answer)]).toEqual([400, 'Invalid refresh token']);
    }
  });

  it('can say so with 401', () => {
    const { refresh } = simulation({ answers: { refreshTokenUnknown: { status: 401 } } });
    expect(refresh('x').status).toBe(401);
  });

  it('refuses a wrong secret, a revoked pair and the key pair of another installation in the same words', () => {
    const { app, installed, refresh } = simulation();
    const { refresh: token } = installed();
    const other = app.addClient();
    const revoked = app.rotateSecret();
    app.revoke(revoked.clientId, 'never existed');
    for (const pair of [
      { client_secret: 'wrong' },
      { client_id: other.clientId, client_secret: other.clientSecret },
      { client_id: 'nobody', client_secret: 'x' },
    ]) {
      const answer = refresh(token, pair);
      expect([answer.status, answer.json]).toEqual([
        401,
        { error: 'invalid_client', error_description: 'Invalid client credentials!' },
      ]);
    }
    expect(refresh(token, { client_id: revoked.clientId, client_secret: revoked.clientSecret }).status).toBe(200);
  });

  it('refuses a secret that has been rotated away', () => {
    const { app, installed, refresh } = simulation();
    const { refresh: token } = installed();
    const old = app.client;
    app.rotateSecret();
    expect(refresh(token, { client_secret: old.clientSecret }).status).toBe(401);
    expect(refresh(token).status).toBe(200);
  });

  it('refuses the wrong user_type as if the token were bad, and does not spend it', () => {
    const { installed, refresh } = simulation();
    const { refresh: token } = installed();
    expect(refresh(token, { user_type: 'Company' }).json['error']).toBe('invalid_grant');
    expect(refresh(token, { user_type: 'Location' }).status).toBe(200);
  });

  it('can want a user_type', () => {
    const { installed, refresh } = simulation({ token: { refreshWantsUserType: true } });
    expect(said(refresh(installed().refresh))).toBe('Missing parameter: userType');
  });

  it('says "Location is not active" and takes the same refresh token again later', () => {
    const { simulator, installed, refresh } = simulation();
    const { refresh: token, locationId } = installed();
    simulator.deactivate({ locationId });
    expect([refresh(token).status, said(refresh(token))]).toEqual([400, 'Location is not active']);
    simulator.activate({ locationId });
    expect(refresh(token).status).toBe(200);
  });

  it('answers in either family of bodies', () => {
    const { simulator, installed, refresh } = simulation({ errorFamily: 'nest' });
    const { refresh: token } = installed();
    simulator.invalidateAll();
    expect(refresh(token).json).toEqual({
      statusCode: 400,
      message: 'Invalid grant: refresh token is invalid',
      error: 'Bad Request',
      traceId: expect.any(String),
    });
    simulator.settings.errorFamily = 'oauth';
    expect(refresh(token).json).toEqual({ error: 'invalid_grant', error_description: 'This refresh token is invalid' });
    simulator.settings.answers.refreshTokenInvalid = { status: 418, body: 'teapot', headers: { 'x-kind': 'pot' } };
    expect(refresh(token)).toMatchObject({ status: 418, body: 'teapot', headers: { 'x-kind': 'pot' } });
  });

  it.each([
    [{ grant_type: 'password' }, 422, ['grant_type must be a valid enum value']],
    [{ userType: 'Location' }, 422, ['property userType should not exist']],
    [{ user_type: 'undefined' }, 422, ['user_type must be a valid enum value']],
    [{ client_id: '' }, 422, ['client_id should not be empty']],
  ])('refuses %j with 422 and a list', (fields, status, message) => {
    const { installed, refresh } = simulation();
    const answer = refresh(installed().refresh, fields);
    expect([answer.status, answer.json['message']]).toEqual([status, message]);
  });

  it('names a missing or wrong parameter where that style is asked for', () => {
    const { token, refresh } = simulation({ token: { validation: 400 } });
    expect(said(token({}))).toBe('Missing parameter: grantType');
    expect(said(token({ client_id: '' }))).toBe('Invalid parameter: clientId');
    expect(said(token({ grant_type: 'x' }))).toBe('Invalid parameter: grantType');
    expect(said(token({ grant_type: 'refresh_token' }))).toBe('Missing parameter: refreshToken');
    expect(refresh('x', { userType: 'Location' }).status).toBe(422);
  });

  it('names it to Version v3 in any case', () => {
    const { token } = simulation();
    expect(said(token({}, { version: 'v3' }))).toBe('Missing parameter: grantType');
    expect(said(token({}))).toEqual(['grant_type must be a valid enum value']);
  });

  it('understands no other content type and no broken JSON', () => {
    const { token } = simulation();
    expect(token({}, { 'content-type': 'text/plain' }).status).toBe(422);
    expect(token({}, { 'content-type': 'application/json' }).status).toBe(400);
  });

  it('wants neither Authorization nor a Version header', () => {
    const { simulator, installed, token } = simulation();
    const { refresh: refresh_token, access } = installed();
    const fields = { grant_type: 'refresh_token', refresh_token };
    expect(token(fields, { authorization: `Bearer ${access}` }).status).toBe(400);
    expect(token(fields, { version: '2021-07-28' }).status).toBe(400);
    simulator.settings.strictHeaders = false;
    expect(token(fields, { version: '2021-07-28' }).status).toBe(200);
  });

  it('is refused by the CDN without a User-Agent', () => {
    const { token } = simulation();
    const answer = token({}, { 'user-agent': '' });
    expect([answer.status, answer.body]).toEqual([403, 'error code: 1010']);
  });
});
