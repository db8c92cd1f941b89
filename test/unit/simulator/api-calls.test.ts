import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AnswerName } from '../../../lib/testing.js';
import { said, simulation } from './support/simulation.js';

describe('calls with a token', () => {
  it('reach contacts: create, list, read, change, remove', () => {
    const { installed, api } = simulation();
    const { locationId, access } = installed();
    const created = api('POST', '/contacts/', access, { locationId, firstName: 'Ada' });
    const { id } = created.json['contact'] as { id: string };
    expect(created.status).toBe(201);
    expect(api('GET', `/contacts/${id}`, access).json['contact']).toMatchObject({ id, firstName: 'Ada' });
    expect(api('PUT', `/contacts/${id}`, access, { firstName: 'Grace' }).status).toBe(200);
    expect(api('GET', `/contacts/?locationId=${locationId}`, access).json).toMatchObject({
      contacts: [{ id, firstName: 'Grace', locationId }],
      meta: { total: 1 },
    });
    expect(api('DELETE', `/contacts/${id}`, access).status).toBe(200);
    expect(said(api('GET', `/contacts/${id}`, access))).toBe('Contact not found');
    expect(api('GET', '/contacts/', access).status).toBe(422);
  });

  it('reach the location itself and the company', () => {
    const { installed, bulk, api } = simulation();
    const { locationId, access } = installed();
    const company = bulk();
    expect(api('GET', `/locations/${locationId}`, access).json).toMatchObject({ location: { id: locationId } });
    expect(api('GET', `/locations/${company.locationIds[0]}`, company.access).status).toBe(200);
    expect(api('GET', `/companies/${company.companyId}`, company.access).json).toMatchObject({
      company: { id: company.companyId },
    });
  });

  it('are told of what of their body arrived, byte by byte', () => {
    const { simulator, installed } = simulation();
    const { access, locationId } = installed();
    const body = new Uint8Array([0, 255, 128, 10]);
    const headers = {
      'user-agent': 'x',
      version: '2021-07-28',
      authorization: `Bearer ${access}`,
      'content-type': 'image/png',
    };
    expect(JSON.parse(simulator.handle({ method: 'PATCH', url: '/echo', headers, body }).body)).toEqual({
      method: 'PATCH',
      place: `location:${locationId}`,
      contentType: 'image/png',
      bytes: 4,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
    expect(JSON.parse(simulator.handle({ method: 'POST', url: '/echo', headers, body: 'ä' }).body)).toMatchObject({
      bytes: 2,
    });
  });

  it('can be redirected to anywhere', () => {
    const { api, installed } = simulation();
    const { access } = installed();
    const answer = api(
      'GET',
      `/redirect?to=${encodeURIComponent('https://elsewhere.example.com/x')}&status=307`,
      access,
    );
    expect([answer.status, answer.headers['location']]).toEqual([307, 'https://elsewhere.example.com/x']);
    expect(api('GET', '/redirect?status=200', access).status).toBe(422);
    expect(api('GET', '/nowhere', access).status).toBe(404);
  });
});

describe('the 401 and 403 of calls with a token', () => {
  it('an expired, killed, unknown or absent token is an invalid JWT', async () => {
    const { simulator, installed, api } = simulation();
    const [one, two, three] = [installed(), installed(), installed()];
    simulator.expireAccessToken({ locationId: one.locationId });
    simulator.killAccessToken({ locationId: two.locationId });
    for (const token of [one.access, two.access, 'nonsense', one.refresh]) {
      const answer = api('GET', `/locations/${one.locationId}`, token);
      expect([answer.status, said(answer)]).toEqual([401, 'Invalid JWT']);
    }
    await simulator.clock.advance(86_398_999);
    expect(api('GET', `/locations/${three.locationId}`, three.access).status).toBe(200);
    await simulator.clock.advance(1);
    expect(api('GET', `/locations/${three.locationId}`, three.access).status).toBe(401);
  });

  it('a missing scope, a company token on a location resource, and the reverse', () => {
    const { simulator, bulk, installed, api } = simulation();
    const { companyId, locationIds, access } = bulk();
    const contacts = `/contacts/?locationId=${locationIds[0]}`;
    expect([api('GET', contacts, access).status, said(api('GET', contacts, access))]).toEqual([
      401,
      expect.stringMatching(/^This authClass type is not allowed to access this scope\. /),
    ]);
    expect(said(api('GET', `/companies/${companyId}`, installed().access))).toMatch(/^This authClass type/);
    simulator.installLocation('scopeless', { scopes: ['locations.readonly'] });
    const { accessToken } = simulator.issueTokens({ locationId: 'scopeless' });
    expect(said(api('GET', '/contacts/?locationId=scopeless', accessToken))).toBe(
      'The token is not authorized for this scope.',
    );
  });

  it('a wrong location is a 403', () => {
    const { bulk, installed, api } = simulation();
    const [one, two] = [installed(), installed()];
    const { id } = api('POST', '/contacts/', two.access, { locationId: two.locationId }).json['contact'] as {
      id: string;
    };
    for (const path of [`/locations/${two.locationId}`, `/contacts/?locationId=${two.locationId}`, `/contacts/${id}`]) {
      const answer = api('GET', path, one.access);
      expect([answer.status, said(answer)]).toEqual([403, 'The token does not have access to this location.']);
    }
    const company = api('GET', `/locations/${one.locationId}`, bulk().access);
    expect([company.status, said(company)]).toEqual([403, 'This location is not accessible from this token!']);
  });

  it('a missing or unknown Version', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    const bare = { 'user-agent': 'x', authorization: `Bearer ${access}` };
    const answer = simulator.handle({ method: 'GET', url: `/locations/${locationId}`, headers: bare });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      401,
      expect.objectContaining({ message: 'version header was not found.' }),
    ]);
    expect(said(api('GET', `/locations/${locationId}`, access, undefined, { version: '1999-01-01' }))).toBe(
      'version header is invalid',
    );
    for (const version of ['2021-04-15', '2023-02-21', 'v3']) {
      expect(api('GET', `/locations/${locationId}`, access, undefined, { version }).status).toBe(200);
    }
  });

  it('a place that is not active is served, unless told otherwise', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    simulator.deactivate({ locationId });
    expect(api('GET', `/locations/${locationId}`, access).status).toBe(200);
    simulator.settings.api.inactivePlace = 'refused';
    expect(api('GET', `/locations/${locationId}`, access).status).toBe(403);
  });

  it.each([
    ['invalidJwt', 401, 'Invalid JWT'],
    ['accessTokenInvalid', 401, 'Invalid token: access token is invalid'],
    ['scopeMissing', 401, 'The token is not authorized for this scope.'],
    ['wrongAuthClass', 401, expect.stringMatching(/^This authClass type is not allowed to access this scope\./)],
    ['userTypeMismatch', 401, "Token's user type mismatch!"],
    ['userTypeUnsupported', 401, "This token's user type is not yet supported!"],
    ['versionMissing', 401, 'version header was not found.'],
    ['versionInvalid', 401, 'version header is invalid'],
    ['noLocationAccess', 403, 'The token does not have access to this location.'],
    ['locationNotAccessible', 403, 'This location is not accessible from this token!'],
  ] as const)('%s can be forced, for one place or all, whatever the token', (name: AnswerName, status, message) => {
    const { simulator, installed, api } = simulation();
    const [one, two] = [installed(), installed()];
    const ask = (place: typeof one) => api('GET', `/locations/${place.locationId}`, place.access);
    const forced = simulator.forceApiAnswer(name, { place: { locationId: one.locationId } });
    expect([ask(one).status, said(ask(one)), ask(two).status]).toEqual([status, message, 200]);
    expect(forced.hits).toBe(2);
    forced.end();
    expect(ask(one).status).toBe(200);
    simulator.forceApiAnswer(name, { times: 1 });
    expect([ask(two).status, ask(two).status]).toEqual([status, 200]);
  });

  it('is refused by the CDN without a User-Agent, before anything is looked at', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    const answer = api('GET', `/locations/${locationId}`, access, undefined, { 'user-agent': '' });
    expect([answer.status, answer.body]).toEqual([403, 'error code: 1010']);
    simulator.settings.requireUserAgent = false;
    expect(api('GET', `/locations/${locationId}`, access, undefined, { 'user-agent': '' }).status).toBe(200);
  });

  it('an unknown 401 can be forced as well', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    simulator.forceApiAnswer({ status: 401, body: { message: 'Something new' } });
    expect(api('GET', `/locations/${locationId}`, access)).toMatchObject({
      status: 401,
      json: { message: 'Something new' },
    });
  });
});

describe('rate limits', () => {
  it('are off unless enabled', () => {
    const { installed, api } = simulation();
    const { locationId, access } = installed();
    for (let i = 0; i < 150; i++) expect(api('GET', `/locations/${locationId}`, access).status).toBe(200);
  });

  it('count 100 calls per 10 s for each app and place, and say so in headers', async () => {
    const { simulator, installed, api } = simulation({ limits: { api: { enabled: true }, retryAfter: 'honest' } });
    const [one, two] = [installed(), installed()];
    const ask = (place: typeof one) => api('GET', `/locations/${place.locationId}`, place.access);
    expect(ask(one).headers).toMatchObject({
      'x-ratelimit-limit-daily': '200000',
      'x-ratelimit-daily-remaining': '199999',
      'x-ratelimit-interval-milliseconds': '10000',
      'x-ratelimit-max': '100',
      'x-ratelimit-remaining': '99',
    });
    for (let i = 1; i < 100; i++) ask(one);
    await simulator.clock.advance(4_000);
    const limited = ask(one);
    expect([limited.status, said(limited), limited.headers['retry-after']]).toEqual([429, 'Too many requests', '6']);
    expect(ask(two).status).toBe(200);
    await simulator.clock.advance(6_000);
    expect(ask(one).status).toBe(200);
  });

  it('count a day', async () => {
    const { simulator, installed, api } = simulation({ limits: { api: { enabled: true, daily: 2 }, retryAfter: 7 } });
    const { locationId, access } = installed();
    const ask = () => api('GET', `/locations/${locationId}`, access);
    expect([ask().status, ask().status, ask().status]).toEqual([200, 200, 429]);
    expect(ask().headers['retry-after']).toBe('7');
    await simulator.clock.advance(15 * 3_600_000);
    expect(ask().status).toBe(200);
  });

  it('say when to come back as a date, where that is asked for', async () => {
    const { simulator, installed, api } = simulation({
      limits: { api: { enabled: true, max: 1 }, retryAfter: 'date' },
    });
    const { locationId, access } = installed();
    const ask = () => api('GET', `/locations/${locationId}`, access);
    ask();
    await simulator.clock.advance(3_500);
    const until = ask().headers['retry-after'] ?? '';
    expect(until).toBe('Mon, 02 Nov 2026 09:00:10 GMT');
    simulator.clock.set(Date.parse(until));
    expect(ask().status).toBe(200);
  });

  it('can be those of a sandbox, with a 429 of other words', () => {
    const { installed, api } = simulation({
      limits: { api: { enabled: true, max: 25 } },
      answers: { rateLimited: { body: 'slow down', headers: { 'retry-after': '3' } } },
    });
    const { locationId, access } = installed();
    const answers = Array.from({ length: 26 }, () => api('GET', `/locations/${locationId}`, access));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(25);
    expect(answers.at(-1)).toMatchObject({ status: 429, body: 'slow down', headers: { 'retry-after': '3' } });
  });

  it.each([
    [true, [201, 429]],
    [false, [201, 201]],
  ] as const)('count what is called of /oauth with a token among its API calls: %s', (oauthCountsAsApi, expected) => {
    const { bulk, mint } = simulation({ limits: { api: { enabled: true, max: 1 }, oauthCountsAsApi } });
    const { companyId, locationIds, access } = bulk();
    const statuses = locationIds.map((locationId) => mint(access, companyId, locationId).status);
    expect(statuses).toEqual(expected);
  });

  it('can hold for Reconnect alone, per client id', async () => {
    const { simulator, installed, reconnect, refresh } = simulation({
      limits: { reconnect: { enabled: true, max: 1 }, retryAfter: 'honest' },
    });
    const [one, two] = [installed(), installed()];
    const ask = (place: typeof one) => reconnect({ locationId: place.locationId });
    expect([ask(one).status, ask(two).status, ask(two).headers['retry-after']]).toEqual([200, 429, '10']);
    expect(refresh(one.refresh).status).toBe(200);
    await simulator.clock.advance(10_000);
    expect(ask(two).status).toBe(200);
  });

  it('can hold for the OAuth endpoints too, per client id, without spending anything', () => {
    const { installed, refresh, simulator } = simulation({ limits: { oauth: { enabled: true, max: 1 } } });
    const [one, two] = [installed(), installed()];
    expect([refresh(one.refresh).status, refresh(two.refresh).status]).toEqual([200, 429]);
    expect(refresh(two.refresh).headers).not.toHaveProperty('retry-after');
    expect(simulator.describeToken(two.refresh)?.state).toBe('live');
  });
});
