import { describe, expect, it } from '@jest/globals';
import { said, simulation } from './support/simulation.js';

describe("a resource of a test's own", () => {
  it('answers what the test says, with the parts of the request at hand', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, companyId, access } = installed();
    const asked: unknown[] = [];
    simulator.addResource({
      method: 'put',
      path: '/calendars/:calendarId/events/:eventId',
      answer: (request) => {
        asked.push(request);
        return { status: 202, body: { id: request.params['eventId'] }, headers: { 'x-kind': 'event' } };
      },
    });
    const answer = api('PUT', '/calendars/a%20b/events/7?dry=true', access, { title: 'Checkup' });
    expect(answer).toMatchObject({ status: 202, json: { id: '7' }, headers: { 'x-kind': 'event' } });
    expect(asked).toEqual([
      expect.objectContaining({
        method: 'PUT',
        params: { calendarId: 'a b', eventId: '7' },
        query: new URLSearchParams('dry=true'),
        body: { title: 'Checkup' },
        locationId,
        companyId,
      }),
    ]);
    expect(simulator.ledger.apiCalls({ locationId })).toMatchObject([{ outcome: 'answered', status: 202 }]);
  });

  it('is there under its method only, with or without a slash at the end', () => {
    const { simulator, installed, api } = simulation();
    const { access } = installed();
    simulator.addResource({ path: '/opportunities/search', answer: () => ({}) });
    expect(api('GET', '/opportunities/search/', access)).toMatchObject({ status: 200, json: {} });
    expect(api('POST', '/opportunities/search', access).status).toBe(404);
    expect(api('GET', '/opportunities/search/more', access).status).toBe(404);
  });

  it('takes a pattern for a path, and text for a body', () => {
    const { simulator, installed, api } = simulation();
    const { access } = installed();
    const path = /^\/v\d\/(.+)$/;
    simulator.addResource({ method: 'POST', path, answer: ({ params, body }) => ({ body: { params, body } }) });
    const text = api('POST', '/v1/notes', access, 'hello', { 'content-type': 'text/plain' });
    expect(text.json).toEqual({ params: { 0: 'notes' }, body: '"hello"' });
    expect(api('POST', '/v1/notes', access).json).toEqual({ params: { 0: 'notes' } });
    const broken = simulator.handle({
      method: 'POST',
      url: '/v1/notes',
      headers: {
        'user-agent': 'x',
        version: 'v3',
        authorization: `Bearer ${access}`,
        'content-type': 'application/json',
      },
      body: '{',
    });
    expect(JSON.parse(broken.body)).toMatchObject({ body: '{' });
  });

  it('judges version, token, scope and type as HighLevel does', () => {
    const { simulator, installed, bulk, api } = simulation();
    const { locationId, access } = installed();
    simulator.addResource({ path: '/a', scope: 'opportunities.readonly', answer: () => ({}) });
    simulator.addResource({ path: '/b', userType: 'Location', answer: () => ({}) });
    expect(said(api('GET', '/a', access))).toBe('The token is not authorized for this scope.');
    expect(said(api('GET', '/b', bulk().access))).toMatch(/^This authClass type/);
    expect(said(api('GET', '/b', access, undefined, { version: 'x' }))).toBe('version header is invalid');
    expect(api('GET', '/b', access).status).toBe(200);
    simulator.killAccessToken({ locationId });
    expect(said(api('GET', '/b', access))).toBe('Invalid JWT');
  });

  it.each([
    ['its path', (id: string) => ['/locations/' + id + '/tags', undefined] as const],
    ['its query', (id: string) => ['/search?locationId=' + id, undefined] as const],
    ['its body', (id: string) => ['/search', { locationId: id }] as const],
  ])('refuses a request that names another location in %s', (_, request) => {
    const { simulator, installed, bulk, api } = simulation();
    const [one, two] = [installed(), installed()];
    const company = bulk();
    for (const path of ['/locations/:locationId/tags', '/search'])
      simulator.addResource({ method: 'POST', path, answer: () => ({}) });
    const ask = (access: string, locationId: string) => {
      const [url, body] = request(locationId);
      return api('POST', url, access, body).status;
    };
    expect([ask(one.access, one.locationId), ask(one.access, two.locationId)]).toEqual([200, 403]);
    expect([ask(company.access, company.locationIds[0] ?? ''), ask(company.access, two.locationId)]).toEqual([
      200, 403,
    ]);
    expect(simulator.ledger.crossed()).toHaveLength(2);
  });

  it('stands in for one that is there, and the last one counts', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    const ask = () => api('GET', `/locations/${locationId}`, access).json;
    simulator.addResource({ path: '/locations/:id', answer: () => ({ body: { first: true } }) });
    expect(ask()).toEqual({ first: true });
    simulator.addResource({ path: '/locations/:id', answer: () => ({ body: { second: true } }) });
    expect(ask()).toEqual({ second: true });
  });

  it('tells the caller where its answer throws', () => {
    const { simulator, installed, api } = simulation();
    const answer = () => {
      throw new Error('no fixture');
    };
    simulator.addResource({ path: '/things', answer });
    expect(api('GET', '/things', installed().access)).toMatchObject({
      status: 500,
      json: { message: 'answer() of GET /things threw Error: no fixture' },
    });
  });
});
