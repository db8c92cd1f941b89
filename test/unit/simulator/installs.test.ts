import { describe, expect, it } from '@jest/globals';
import { HighLevelSimulator } from '../../../lib/testing.js';
import { said, simulation } from './support/simulation.js';

describe('who gets which token', () => {
  it('an app for agencies, installed by an agency: Company, not bulk', () => {
    const { simulator, exchange } = simulation();
    const { appId, client } = simulator.addApp({ targets: 'agencies' });
    const { code, webhooks } = simulator.installCompany('agencyOne', { appId });
    const answer = exchange(code, { client_id: client.clientId, client_secret: client.clientSecret });
    expect(answer.json).toMatchObject({ userType: 'Company', isBulkInstallation: false, companyId: 'agencyOne' });
    expect(answer.json).not.toHaveProperty('locationId');
    expect(webhooks).toHaveLength(1);
  });

  it('an app for sub-accounts, installed by a sub-account user: Location', () => {
    const { simulator, exchange } = simulation();
    const { code } = simulator.installLocation('locationOne');
    expect(exchange(code).json).toMatchObject({ userType: 'Location', locationId: 'locationOne' });
  });

  it('an app for sub-accounts, installed by an agency user in bulk: Company, bulk, and an INSTALL for every location', () => {
    const { simulator, exchange } = simulation();
    const { code, webhooks } = simulator.installCompany('agencyOne', { locations: ['a', 'b'], futureLocations: true });
    expect(exchange(code).json).toMatchObject({
      userType: 'Company',
      isBulkInstallation: true,
      approvedLocations: [],
      installToFutureLocations: true,
      approveAllLocations: true,
    });
    expect(
      webhooks.map(({ type, installType, locationId, companyId }) => [type, installType, locationId, companyId]),
    ).toEqual([
      ['INSTALL', 'Company', undefined, 'agencyOne'],
      ['INSTALL', 'Location', 'a', 'agencyOne'],
      ['INSTALL', 'Location', 'b', 'agencyOne'],
    ]);
    expect(new Set(webhooks.map(({ webhookId }) => webhookId)).size).toBe(3);
  });

  it('locations that come later have the app where it was installed for them; their INSTALL lacks company and user', () => {
    const { simulator, bulk, mint } = simulation();
    simulator.installCompany('agencyOne', { locations: [], futureLocations: true });
    const { locationId } = simulator.addLocation({ companyId: 'agencyOne' });
    expect(simulator.webhooks.at(-1)).toEqual({
      type: 'INSTALL',
      appId: expect.any(String),
      versionId: expect.any(String),
      installType: 'Location',
      locationId,
      isWhitelabelCompany: false,
      timestamp: expect.any(String),
      webhookId: expect.any(String),
    });
    const { accessToken } = simulator.issueTokens({ companyId: 'agencyOne' });
    expect(mint(accessToken, 'agencyOne', locationId).status).toBe(201);
    const other = bulk();
    const later = simulator.addLocation({ companyId: other.companyId });
    expect(mint(other.access, other.companyId, later.locationId).status).toBe(400);
  });
});

describe('uninstalling', () => {
  it('ends the tokens of a location, and a reinstall begins anew', () => {
    const { simulator, installed, api, refresh, exchange } = simulation();
    const { locationId, access, refresh: token } = installed();
    expect(simulator.uninstall({ locationId })).toEqual({
      type: 'UNINSTALL',
      appId: expect.any(String),
      locationId,
      timestamp: expect.any(String),
      webhookId: expect.any(String),
    });
    expect([api('GET', `/locations/${locationId}`, access).status, refresh(token).status]).toEqual([401, 400]);
    const { code } = simulator.reinstall({ locationId });
    expect(exchange(code).status).toBe(200);
    expect(refresh(token).status).toBe(400);
  });

  it('of a company takes its locations with it, and says so once', () => {
    const { simulator, bulk, mint, api } = simulation();
    const { companyId, locationIds, access } = bulk();
    const minted = mint(access, companyId, locationIds[0] ?? '').text('access_token');
    const before = simulator.webhooks.length;
    expect(simulator.uninstall({ companyId })).toMatchObject({ type: 'UNINSTALL', companyId });
    expect(simulator.webhooks).toHaveLength(before + 1);
    expect(simulator.webhooks.at(-1)).not.toHaveProperty('locationId');
    expect(api('GET', `/locations/${locationIds[0]}`, minted).status).toBe(401);
    expect(() => simulator.uninstall({ companyId })).toThrow('not installed');
  });

  it('works over the API with the token of the place', () => {
    const { simulator, app, installed, bulk, api } = simulation();
    const path = `/marketplace/app/${app.appId}/installations`;
    const { locationId, access } = installed();
    const company = bulk();
    expect(said(api('DELETE', path, company.access, { locationId }))).toBe("Token's user type mismatch!");
    expect(api('DELETE', path, access, { locationId: 'other' }).status).toBe(403);
    expect(api('DELETE', '/marketplace/app/other/installations', access, { locationId }).status).toBe(403);
    expect(api('DELETE', path, access, {}).status).toBe(422);
    expect(api('DELETE', path, access, { locationId, reason: 'tidying up' })).toMatchObject({
      status: 200,
      json: { success: true },
    });
    expect(api('DELETE', path, access, { locationId }).status).toBe(401);
    expect(api('DELETE', path, company.access, { companyId: company.companyId }).status).toBe(200);
    expect(() => simulator.installation({ locationId: company.locationIds[0] ?? '' })).toThrow('not installed');
  });
});

describe('the authorization page', () => {
  const link = (app: { client: { clientId: string } }, change: Record<string, string> = {}) => {
    const query = {
      response_type: 'code',
      redirect_uri: encodeURIComponent('https://backend.example.com/oauth/callback'),
      client_id: app.client.clientId,
      scope: 'contacts.readonly%20oauth.write',
      state: 'opaque%2Fstate',
      ...change,
    };
    const text = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    return `https://marketplace.gohighlevel.com/v2/oauth/chooselocation?${text.join('&')}`;
  };

  it('leads to the callback with code and state, and to a token with the scopes of the link', () => {
    const { simulator, app, exchange } = simulation();
    const { callbackUrl, code } = simulator.followAuthorizationLink(link(app), { locationId: 'locationOne' });
    const url = new URL(callbackUrl);
    expect([url.origin + url.pathname, url.searchParams.get('code'), url.searchParams.get('state')]).toEqual([
      'https://backend.example.com/oauth/callback',
      code,
      'opaque/state',
    ]);
    expect(exchange(code).json['scope']).toBe('contacts.readonly oauth.write');
    expect(() => simulator.followAuthorizationLink(link(app), { locationId: 'locationOne' })).toThrow(
      'hides the place',
    );
  });

  it('can offer installed places again, and then the new consent counts', () => {
    const { simulator, app, installed, exchange } = simulation({ pageHidesInstalledPlaces: false });
    const place = installed();
    const events = simulator.webhooks.length;
    const { code } = simulator.followAuthorizationLink(link(app), place);
    expect(exchange(code).json).toMatchObject({ locationId: place.locationId, scope: 'contacts.readonly oauth.write' });
    expect(simulator.webhooks).toHaveLength(events);
  });

  it.each([
    ['the old path', (url: string) => url.replace('/v2', ''), '/v2/oauth/chooselocation'],
    ['blanks as +', (url: string) => url.replace('%20', '+'), '%20'],
    ['no response_type', (url: string) => url.replace('response_type=code&', ''), 'response_type'],
    ['a foreign redirect', (url: string) => url.replace('backend', 'frontend'), 'redirect_uri'],
    ['an unknown client', (url: string) => url.replace('client_id=', 'client_id=x'), 'client id'],
    [
      'a scope that the app has not',
      (url: string) => url.replace('oauth.write', 'users.write'),
      'no scope users.write',
    ],
    ['no scope', (url: string) => url.replace(/scope=[^&]*/, 'scope='), 'scope is missing'],
  ])('refuses %s', (_, change, reason) => {
    const { simulator, app } = simulation();
    expect(() => simulator.followAuthorizationLink(change(link(app)), { locationId: 'locationOne' })).toThrow(reason);
  });
});

describe('setting a simulator up', () => {
  it('has client ids that begin with the app id, and several key pairs', () => {
    const simulator = new HighLevelSimulator();
    const app = simulator.addApp({ clients: 2 });
    expect(app.appId).toMatch(/^[0-9a-f]{24}$/);
    for (const { clientId } of app.clients) expect(clientId).toMatch(new RegExp(`^${app.appId}-[0-9a-z]{8}$`));
    expect(new Set(app.clients.map(({ clientSecret }) => clientSecret)).size).toBe(2);
    app.revoke(app.client.clientId);
    expect(app.clients).toHaveLength(1);
  });

  it('takes the key pairs that a backend is configured with', () => {
    const { simulator, exchange } = simulation();
    const keyPairs = [
      { clientId: 'testapp-new', clientSecret: 'secret-1' },
      { clientId: 'testapp-old', clientSecret: 'secret-2' },
    ];
    const app = simulator.addApp({ keyPairs });
    expect([app.appId, app.clients]).toEqual(['testapp', keyPairs]);
    expect(simulator.apps.map(({ appId }) => appId)).toContain('testapp');
    const { code } = simulator.installLocation('a', { appId: 'testapp', clientId: 'testapp-old' });
    expect(exchange(code, { client_id: 'testapp-old', client_secret: 'secret-2' }).status).toBe(200);
    app.addKeyPair({ clientId: 'testapp-old', clientSecret: 'secret-3' });
    expect(app.clients).toContainEqual({ clientId: 'testapp-old', clientSecret: 'secret-3' });
    expect(simulator.secrets()).toEqual(expect.arrayContaining(['secret-1', 'secret-2', 'secret-3']));
  });

  it('says what is missing or ambiguous', () => {
    const simulator = new HighLevelSimulator();
    expect(() => simulator.installLocation('a')).toThrow('no app');
    const { appId } = simulator.addApp();
    simulator.addApp();
    expect(() => simulator.installLocation('a')).toThrow('several apps');
    expect(() => simulator.addApp({ appId })).toThrow('already');
    simulator.installLocation('a', { appId });
    expect(() => simulator.installLocation('a', { appId })).toThrow('hides the place');
    expect(() => simulator.installation({ locationId: 'b' })).toThrow('ever installed');
    expect(() => simulator.deactivate({ locationId: 'b' })).toThrow('add it first');
  });

  it('keeps the installations of several apps in one place apart', () => {
    const simulator = new HighLevelSimulator();
    const [one, two] = [simulator.addApp(), simulator.addApp()];
    for (const { appId } of [one, two]) simulator.installLocation('a', { appId });
    expect(() => simulator.installation({ locationId: 'a' })).toThrow('appId');
    const first = simulator.issueTokens({ locationId: 'a', appId: one.appId });
    const second = simulator.issueTokens({ locationId: 'a', appId: two.appId });
    simulator.invalidateAll({ locationId: 'a', appId: one.appId });
    expect([first, second].map(({ refreshToken }) => simulator.describeToken(refreshToken)?.state)).toEqual([
      'killed',
      'live',
    ]);
  });
});
