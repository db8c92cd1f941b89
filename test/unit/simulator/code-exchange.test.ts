import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { PartialSettings } from '../../../lib/testing.js';
import { said, simulation } from './support/simulation.js';

const START = { locationId: 'locationOne000000000' };

describe('the exchange of an authorization code', () => {
  it('hands over the pair of the place', () => {
    const { simulator, exchange } = simulation();
    const { code } = simulator.installLocation(START.locationId);
    const { status, json } = exchange(code, { user_type: 'Location' });
    expect([status, json['locationId'], json['userType']]).toEqual([200, START.locationId, 'Location']);
  });

  it('works once', () => {
    const { simulator, exchange } = simulation();
    const { code } = simulator.installLocation(START.locationId);
    exchange(code);
    expect(said(exchange(code))).toBe('Authorization code has already been used');
    simulator.settings.token.codeSingleUse = false;
    expect(exchange(code).status).toBe(200);
  });

  it('works for ten minutes unless told otherwise', async () => {
    const { simulator, exchange } = simulation();
    const { code } = simulator.installLocation(START.locationId);
    await simulator.clock.advance(600_000);
    expect(said(exchange(code))).toBe('Authorization code has expired');
  });

  it('refuses what is no code, the code of another key pair, and the code of a place that has uninstalled', () => {
    const { simulator, app, exchange } = simulation();
    const { code } = simulator.installLocation(START.locationId);
    expect(said(exchange('nonsense'))).toBe('Invalid authorization code');
    const other = app.addClient();
    expect(exchange(code, { client_id: other.clientId, client_secret: other.clientSecret }).status).toBe(401);
    expect(exchange(code, { client_secret: 'wrong' }).status).toBe(401);
    simulator.uninstall(START);
    expect(said(exchange(code))).toBe('Invalid authorization code');
  });

  it('compares a redirect_uri that is sent, and can want one, and a user_type', () => {
    const { simulator, app, exchange } = simulation();
    const redirect_uri = app.redirectUris[0] ?? '';
    const { code } = simulator.installLocation(START.locationId);
    expect(said(exchange(code, { redirect_uri: 'https://elsewhere.example.com' }))).toBe('Invalid redirect_uri');
    expect(said(exchange(code, { user_type: 'Company' }))).toBe('Invalid authorization code');
    Object.assign(simulator.settings.token, { exchangeWantsRedirectUri: true, exchangeWantsUserType: true });
    expect(said(exchange(code))).toBe('Missing parameter: redirectUri');
    expect(said(exchange(code, { redirect_uri }))).toBe('Missing parameter: userType');
    expect(exchange(code, { redirect_uri, user_type: 'Location' }).status).toBe(200);
  });

  it('does not spend the code of a place that is not active', () => {
    const { simulator, exchange } = simulation();
    const { code } = simulator.installLocation(START.locationId);
    simulator.deactivate(START);
    expect(said(exchange(code))).toBe('Location is not active');
    simulator.activate(START);
    expect(exchange(code).status).toBe(200);
  });

  it.each([
    ['all', 401, 400],
    ['refresh', 200, 400],
    ['none', 200, 200],
  ] as const)('kills of the older tokens: %s', (authorizationKills, apiStatus, refreshStatus) => {
    const { simulator, installed, exchange, api, refresh } = simulation({ token: { authorizationKills } });
    const old = installed();
    const { code } = simulator.authorizeAgain({ locationId: old.locationId });
    const fresh = exchange(code).text('access_token');
    expect(api('GET', `/locations/${old.locationId}`, fresh).status).toBe(200);
    expect(api('GET', `/locations/${old.locationId}`, old.access).status).toBe(apiStatus);
    expect(refresh(old.refresh).status).toBe(refreshStatus);
  });

  describe('with PKCE, of which nobody knows whether HighLevel has it', () => {
    const verifier = 'a'.repeat(50);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const follow = (settings: PartialSettings) => {
      const { simulator, app, exchange } = simulation(settings);
      const query = `response_type=code&client_id=${app.client.clientId}&scope=contacts.readonly&code_challenge_method=S256`;
      const redirect = `redirect_uri=${encodeURIComponent(app.redirectUris[0] ?? '')}&code_challenge=${challenge}`;
      const link = `https://marketplace.gohighlevel.com/v2/oauth/chooselocation?${query}&${redirect}`;
      return { code: simulator.followAuthorizationLink(link, START).code, exchange, simulator };
    };

    it('ignores the challenge, and refuses the verifier as an unknown field', () => {
      const { code, exchange } = follow({});
      expect(said(exchange(code, { code_verifier: verifier }))).toEqual(['property code_verifier should not exist']);
      expect(exchange(code).status).toBe(200);
    });

    it('or wants the verifier of the challenge, and none where there was no challenge', () => {
      const { code, exchange, simulator } = follow({ token: { pkce: 'honoured' } });
      expect(said(exchange(code))).toBe('Missing parameter: codeVerifier');
      expect(said(exchange(code, { code_verifier: 'wrong' }))).toBe('Invalid authorization code');
      expect(exchange(code, { code_verifier: verifier }).status).toBe(200);
      expect(exchange(simulator.authorizeAgain(START).code).status).toBe(200);
    });
  });

  it('wants a code, and client_id and client_secret', () => {
    const { token } = simulation();
    expect(said(token({ grant_type: 'authorization_code' }))).toBe('Missing parameter: code');
  });
});
