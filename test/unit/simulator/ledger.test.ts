import { describe, expect, it } from '@jest/globals';
import { simulation } from './support/simulation.js';

describe('the ledger', () => {
  it('tells who presented what, what was made of it, and how it ended', () => {
    const { simulator, app, installed, refresh } = simulation();
    const { locationId, refresh: token } = installed();
    const answer = refresh(token);
    expect(simulator.ledger.entries).toEqual([
      {
        sequence: 1,
        settled: 2,
        time: simulator.now(),
        method: 'POST',
        path: '/oauth/token',
        host: undefined,
        endpoint: 'token',
        grant: 'refresh_token',
        appId: app.appId,
        clientId: app.client.clientId,
        place: `location:${locationId}`,
        bearerPlace: undefined,
        crossed: false,
        presented: [simulator.describeToken(token)?.id],
        issued: [
          simulator.describeToken(answer.text('access_token'))?.id,
          simulator.describeToken(answer.text('refresh_token'))?.id,
        ],
        outcome: 'issued',
        refusal: undefined,
        fault: undefined,
        scripted: false,
        status: 200,
        delivery: 'delivered',
      },
    ]);
    expect(simulator.describeToken(answer.text('refresh_token'))).toEqual({
      id: expect.stringMatching(/^refresh#\d+$/),
      kind: 'refresh',
      place: `location:${locationId}`,
      appId: app.appId,
      clientId: app.client.clientId,
      origin: 'refresh',
      parent: simulator.describeToken(token)?.id,
      expiresAt: simulator.now() + 365 * 86_400_000,
      state: 'live',
    });
  });

  it('answers by place and by what was asked', () => {
    const { simulator, installed, bulk, refresh, reconnect, exchange, mint, api } = simulation();
    const [broken, healthy] = [installed(), installed()];
    const company = bulk();
    const [minted = ''] = company.locationIds;
    refresh(broken.refresh);
    refresh(broken.refresh);
    exchange(reconnect({ locationId: broken.locationId }).text('authorizationCode'));
    mint(company.access, company.companyId, minted);
    api('GET', `/locations/${healthy.locationId}`, healthy.access);
    const { ledger } = simulator;
    const counts = (place?: Parameters<typeof ledger.tokenCalls>[0]) => ({
      token: ledger.tokenCalls(place).length,
      refreshes: ledger.refreshes(place).length,
      rotations: ledger.rotations(place).length,
      repeats: ledger.graceRepeats(place).length,
      exchanges: ledger.exchanges(place).length,
      reconnects: ledger.reconnects(place).length,
      mints: ledger.mints(place).length,
      credential: ledger.credentialCalls(place).length,
      api: ledger.apiCalls(place).length,
    });
    const none = {
      token: 0,
      refreshes: 0,
      rotations: 0,
      repeats: 0,
      exchanges: 0,
      reconnects: 0,
      mints: 0,
      credential: 0,
      api: 0,
    };
    const ofBroken = {
      token: 3,
      refreshes: 2,
      rotations: 1,
      repeats: 1,
      exchanges: 1,
      reconnects: 1,
      mints: 0,
      credential: 4,
      api: 0,
    };
    expect(counts({ locationId: broken.locationId })).toEqual(ofBroken);
    expect(counts({ locationId: broken.locationId, appId: 'other' })).toEqual(none);
    expect(counts({ locationId: healthy.locationId })).toEqual({ ...none, api: 1 });
    expect(counts({ companyId: company.companyId })).toEqual(none);
    expect(counts({ locationId: minted, companyId: company.companyId })).toEqual({ ...none, mints: 1, credential: 1 });
    expect(counts()).toEqual({ ...ofBroken, mints: 1, credential: 5, api: 1 });
    expect(ledger.calls({ status: 201 })).toMatchObject([
      { endpoint: 'mint', bearerPlace: `company:${company.companyId}` },
    ]);
    expect(ledger.uninstalls()).toEqual([]);
  });

  it('can be asked about what came after a mark', () => {
    const { simulator, installed, refresh } = simulation();
    const { locationId, refresh: token } = installed();
    refresh(token);
    const view = simulator.ledger.since(simulator.ledger.mark());
    expect(view.entries).toEqual([]);
    refresh(token);
    expect(view.refreshes({ locationId })).toHaveLength(1);
    expect(view.presentedTwice()).toHaveLength(1);
    expect(view.summary()).toHaveLength(1);
  });

  it('finds a refresh token that came again after it was answered or refused, and no other', () => {
    const { simulator, installed, refresh } = simulation();
    const [rotated, refused, suspended, limited] = [installed(), installed(), installed(), installed()];
    simulator.killRefreshToken({ locationId: refused.locationId });
    simulator.deactivate({ locationId: suspended.locationId });
    for (const place of [rotated, refused, suspended, limited]) {
      if (place === limited) simulator.fault({ do: { retryAfter: 1 } });
      refresh(place.refresh);
      refresh(place.refresh, { client_secret: 'wrong' });
    }
    const found = simulator.ledger.presentedTwice();
    expect(found.map(({ token }) => token)).toEqual(
      [rotated, refused].map(({ refresh: token }) => simulator.describeToken(token)?.id),
    );
    expect(found[0]).toMatchObject({ first: { outcome: 'issued' }, again: { refusal: 'clientRejected' } });
  });

  it('does not count a presentation that came before the answer was known, but calls it overlapping', () => {
    const { simulator, app, installed, refresh } = simulation();
    const { refresh: token } = installed();
    const body = new URLSearchParams({
      client_id: app.client.clientId,
      client_secret: app.client.clientSecret,
      grant_type: 'refresh_token',
      refresh_token: token,
    }).toString();
    const headers = { 'user-agent': 'x', 'content-type': 'application/x-www-form-urlencoded' };
    const first = simulator.handle({ method: 'POST', url: '/oauth/token', headers, body }, { deferred: true });
    expect(first.entry.delivery).toBe('pending');
    refresh(token);
    simulator.settle(first.entry, true);
    simulator.settle(first.entry, false);
    expect([simulator.ledger.presentedTwice(), simulator.ledger.overlapping()]).toMatchObject([
      [],
      [{ token: 'refresh#4' }],
    ]);
    refresh(token);
    expect(simulator.ledger.presentedTwice()).toHaveLength(1);
    expect(simulator.ledger.overlapping()).toHaveLength(1);
  });

  it('finds tokens that this HighLevel never made, and tokens used for another place', () => {
    const { simulator, installed, api, refresh } = simulation();
    const [one, two] = [installed(), installed()];
    refresh('made elsewhere');
    api('GET', `/locations/${one.locationId}`, 'made elsewhere');
    api('GET', `/locations/${two.locationId}`, one.access);
    expect(simulator.ledger.foreign().map(({ presented }) => presented)).toEqual([['foreign#1'], ['foreign#1']]);
    expect(simulator.ledger.crossed()).toMatchObject([
      { token: simulator.describeToken(one.access)?.id, entry: { path: `/locations/${two.locationId}` } },
    ]);
  });

  it('finds tokens used for another place wherever that shows, and takes no scripted answer for it', () => {
    const { simulator, app, installed, bulk, mint, api } = simulation();
    const [one, two, company, other] = [installed(), installed(), bulk(), bulk()];
    mint(company.access, company.companyId, company.locationIds[0] ?? '');
    api('GET', `/locations/${company.locationIds[0]}`, company.access);
    simulator.forceApiAnswer('noLocationAccess', { times: 1 });
    api('GET', `/locations/${one.locationId}`, one.access);
    simulator.settings.api.inactivePlace = 'refused';
    simulator.deactivate({ locationId: one.locationId });
    api('GET', `/locations/${one.locationId}`, one.access);
    expect(simulator.ledger.crossed()).toEqual([]);
    expect(simulator.ledger.apiCalls().map(({ scripted }) => scripted)).toEqual([false, true, false]);

    mint(company.access, company.companyId, other.locationIds[0] ?? '');
    api('GET', `/locations/${other.locationIds[0]}`, company.access);
    api('GET', `/companies/${other.companyId}`, company.access);
    api('GET', `/oauth/installedLocations?companyId=${other.companyId}&appId=${app.appId}`, company.access);
    api('DELETE', `/marketplace/app/${app.appId}/installations`, two.access, { locationId: one.locationId });
    expect(simulator.ledger.crossed().map(({ entry }) => entry.endpoint)).toEqual([
      'mint',
      'api',
      'api',
      'installedLocations',
      'uninstall',
    ]);
  });

  it('holds no secret, in entries or summary', () => {
    const { simulator, app, installed, bulk, api, refresh, reconnect, exchange, mint } = simulation();
    const { locationId, access, refresh: token } = installed();
    const company = bulk();
    const made = refresh(token);
    api('GET', `/locations/${locationId}`, access);
    const code = reconnect({ locationId }).text('authorizationCode');
    exchange(code);
    mint(company.access, company.companyId, company.locationIds[0] ?? '');
    const secrets = simulator.secrets();
    expect(secrets).toEqual(
      expect.arrayContaining([app.client.clientSecret, token, access, code, made.text('access_token')]),
    );
    const text = JSON.stringify(simulator.ledger.entries) + simulator.ledger.summary().join('\n');
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('reads well', () => {
    const { simulator } = simulation();
    simulator.installLocation('here');
    const { refreshToken } = simulator.issueTokens({ locationId: 'here' });
    const { refresh } = simulation();
    expect(refresh(refreshToken).status).toBe(400);
    simulator.fault({ do: 'hang' });
    simulator.handle({ method: 'GET', url: '/contacts/?locationId=here', headers: {} });
    expect(simulator.ledger.summary()).toEqual([
      '#1 2026-11-02T09:00:00.000Z GET /contacts/ [- → -] faulted fault hang no answer',
    ]);
  });
});

describe('randomness', () => {
  it('repeats for a seed, and is fresh without one', () => {
    const story = (seed?: string) => {
      const { simulator, installed, refresh } = simulation({}, seed);
      refresh(installed().refresh);
      return { secrets: simulator.secrets(), summary: simulator.ledger.summary(), seed: simulator.seed };
    };
    const first = story();
    expect(story(first.seed)).toEqual(first);
    expect(story().secrets.filter((secret) => first.secrets.includes(secret))).toEqual([]);
  });

  it('makes tokens as long as real ones', () => {
    const { installed } = simulation();
    const { access, refresh } = installed();
    expect(access.length).toBeGreaterThan(700);
    expect(refresh.length).toBeGreaterThan(900);
    for (const token of [access, refresh]) expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
