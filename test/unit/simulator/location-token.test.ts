import { describe, expect, it } from '@jest/globals';
import { said, simulation } from './support/simulation.js';

describe('a location token from a company token', () => {
  it('is made with 201 and renewed by a refresh of its own', () => {
    const { bulk, mint, api, refresh } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = ''] = locationIds;
    const minted = mint(access, companyId, locationId);
    expect([minted.status, minted.json]).toEqual([
      201,
      expect.objectContaining({
        locationId,
        companyId,
        userType: 'Location',
        expires_in: 86_400,
        token_type: 'Bearer',
      }),
    ]);
    expect(api('GET', `/contacts/?locationId=${locationId}`, minted.text('access_token')).status).toBe(200);
    expect(refresh(minted.text('refresh_token'), { user_type: 'Location' }).json).toMatchObject({ locationId });
  });

  it('takes a form as well', () => {
    const { simulator, bulk } = simulation();
    const { companyId, locationIds, access } = bulk();
    const answer = simulator.handle({
      method: 'POST',
      url: '/oauth/locationToken',
      headers: {
        'user-agent': 'x',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Bearer ${access}`,
        version: '2021-07-28',
      },
      body: new URLSearchParams({ companyId, locationId: locationIds[0] ?? '' }).toString(),
    });
    expect(answer.status).toBe(201);
  });

  it('can come with 200 and without refresh_token, userType and companyId', () => {
    const { bulk, mint } = simulation({
      mint: { status: 200, refreshToken: false, userType: false, companyId: false },
    });
    const { companyId, locationIds, access } = bulk();
    const { status, json } = mint(access, companyId, locationIds[0] ?? '');
    expect(status).toBe(200);
    expect(json).toHaveProperty('access_token');
    for (const field of ['refresh_token', 'refreshTokenId', 'userType', 'companyId'])
      expect(json).not.toHaveProperty(field);
  });

  it('leaves the older ones alive unless told otherwise', () => {
    const { simulator, bulk, mint, api } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = ''] = locationIds;
    const first = mint(access, companyId, locationId).text('access_token');
    mint(access, companyId, locationId);
    expect(api('GET', `/locations/${locationId}`, first).status).toBe(200);
    simulator.settings.mint.kills = 'all';
    mint(access, companyId, locationId);
    expect(api('GET', `/locations/${locationId}`, first).status).toBe(401);
  });

  it('is refused to a location token, without scope, and with a dead company token', () => {
    const { simulator, bulk, installed, mint } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = ''] = locationIds;
    const unsupported = mint(installed().access, companyId, locationId);
    expect([unsupported.status, said(unsupported)]).toEqual([401, "This token's user type is not yet supported!"]);

    const { companyId: poor } = simulator.addCompany();
    simulator.installCompany(poor, { locations: ['poorLocation'], scopes: ['contacts.readonly'] });
    const scopeless = mint(simulator.issueTokens({ companyId: poor }).accessToken, poor, 'poorLocation');
    expect([scopeless.status, said(scopeless)]).toEqual([401, 'The token is not authorized for this scope.']);

    simulator.killAccessToken({ companyId });
    expect([mint(access, companyId, locationId).status, said(mint(access, companyId, locationId))]).toEqual([
      401,
      'Invalid JWT',
    ]);
  });

  it('is refused for a place that is not active, not installed, or of another company', () => {
    const { simulator, bulk, mint } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = ''] = locationIds;
    simulator.deactivate({ locationId });
    expect([mint(access, companyId, locationId).status, said(mint(access, companyId, locationId))]).toEqual([
      400,
      'Location is not active',
    ]);
    const { locationId: bare } = simulator.addLocation({ companyId });
    expect(said(mint(access, companyId, bare))).toBe('The app is not installed on this location');
    const other = bulk();
    expect(mint(access, companyId, other.locationIds[0] ?? '').status).toBe(403);
    expect(mint(access, other.companyId, other.locationIds[0] ?? '').status).toBe(403);
  });

  it('wants companyId and locationId, a Version, and the path that fits it', () => {
    const { simulator, bulk, mint, api } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = ''] = locationIds;
    expect(mint(access, companyId, '').status).toBe(422);
    expect(api('POST', '/oauth/locationToken', access, { companyId, locationId, more: 1 }).status).toBe(422);
    expect(said(mint(access, companyId, locationId, { version: '2020-01-01' }))).toBe('version header is invalid');
    expect([
      mint(access, companyId, locationId, { version: 'v3' }).status,
      said(mint(access, companyId, locationId, { version: 'v3' })),
    ]).toEqual([
      400,
      'Endpoint /oauth/locationToken not available in API version v3. This endpoint was removed in version v3.',
    ]);
    const v3 = api('POST', '/oauth/location-token', access, { companyId, locationId }, { version: 'v3' });
    expect([v3.status, v3.json]).toEqual([201, expect.objectContaining({ accessToken: expect.any(String) })]);
    expect(api('POST', '/oauth/location-token', access, { companyId, locationId }).status).toBe(404);
    expect(simulator.ledger.mints({ locationId }).length).toBeGreaterThan(3);
  });
});

describe('the list of installed locations', () => {
  it('pages by 20, lists places without the app as well, and flags them', () => {
    const { simulator, app, bulk, api } = simulation();
    const { companyId, access } = bulk(22);
    simulator.addLocation({ companyId, name: 'Without the app' });
    const ids = new Set<unknown>();
    for (const skip of ['0', '20']) {
      const { status, json } = api(
        'GET',
        `/oauth/installedLocations?companyId=${companyId}&appId=${app.appId}&skip=${skip}`,
        access,
      );
      const locations = json['locations'] as Record<string, unknown>[];
      expect([status, json['count'], json['installToFutureLocations']]).toEqual([200, 23, false]);
      expect(locations).toHaveLength(skip === '0' ? 20 : 3);
      for (const location of locations) ids.add(location['_id']);
      if (skip === '20') {
        expect(locations.at(-1)).toEqual({
          _id: expect.any(String),
          name: 'Without the app',
          address: expect.any(String),
          isInstalled: false,
        });
        expect(locations[0]).toMatchObject({
          isInstalled: true,
          versionId: app.versionId,
          installedAt: expect.any(String),
        });
      }
    }
    expect(ids.size).toBe(23);
  });

  it('can be narrowed to installed ones, one location, or a name', () => {
    const { simulator, app, bulk, api } = simulation();
    const { companyId, locationIds, access } = bulk(3);
    simulator.addLocation({ companyId, name: 'Quiet corner' });
    const count = (more: string) =>
      api('GET', `/oauth/installedLocations?companyId=${companyId}&appId=${app.appId}${more}`, access).json['count'];
    expect(['&isInstalled=true', `&locationId=${locationIds[0]}`, '&query=quiet', '&limit=1'].map(count)).toEqual([
      3, 1, 1, 4,
    ]);
  });

  it('can be narrowed to a version, a plan, and who is on trial', () => {
    const { simulator, app, installed, api } = simulation();
    const { companyId } = installed();
    simulator.addLocation({ locationId: 'paying', companyId });
    simulator.addLocation({ locationId: 'trying', companyId });
    simulator.addLocation({ locationId: 'without', companyId });
    simulator.installLocation('paying', { planId: 'gold' });
    simulator.installLocation('trying', { planId: 'gold', trialDays: 7 });
    simulator.installCompany(companyId, { locations: [] });
    const { accessToken } = simulator.issueTokens({ companyId });
    const ids = (more: string) => {
      const path = `/oauth/installedLocations?companyId=${companyId}&appId=${app.appId}${more}`;
      return (api('GET', path, accessToken).json['locations'] as { _id: string }[]).map(({ _id }) => _id);
    };
    expect(ids('&planId=gold')).toEqual(['paying', 'trying']);
    expect(ids('&planId=gold&onTrial=true')).toEqual(['trying']);
    expect(ids('&onTrial=false&isInstalled=true')).toHaveLength(2);
    expect(ids(`&versionId=${app.versionId}`)).toHaveLength(3);
    expect(ids('&versionId=other')).toEqual([]);
    expect(ids('&isInstalled=false')).toEqual(['without']);
  });

  it('wants both ids, known parameters, a company token with its scope, and no v3', () => {
    const { app, bulk, installed, api } = simulation();
    const { companyId, access } = bulk();
    const path = `/oauth/installedLocations?companyId=${companyId}`;
    expect(said(api('GET', path, access))).toEqual(['appId should not be empty']);
    expect(said(api('GET', `${path}&appId=${app.appId}&page=2&limit=x`, access))).toEqual([
      'property page should not exist',
      'limit must be a number string',
    ]);
    expect(api('GET', `${path}&appId=other`, access).status).toBe(403);
    expect(said(api('GET', `${path}&appId=${app.appId}`, installed().access))).toBe(
      "This token's user type is not yet supported!",
    );
    expect(said(api('GET', path, access, undefined, { version: 'v3' }))).toMatch(/not available in API version v3/);
  });
});
