import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AxiosRequestConfig } from 'axios';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';

const STATUSES = [301, 302, 303, 307, 308];

let backend: Backend;
let foreign: OtherServer;
let allowed: OtherServer;
let locationId: string;
let token: string;

beforeAll(async () => {
  [foreign, allowed] = await Promise.all([startOtherServer(), startOtherServer()]);
  backend = await Backend.start({ options: { allowedHosts: [allowed.host] } });
  ({ locationId } = await backend.location());
  token = await backend.tokens.getAccessToken({ locationId });
});
afterAll(() => Promise.all([backend.close(), foreign.close(), allowed.close()]));
beforeEach(() => {
  for (const server of [foreign, allowed]) {
    server.seen.length = 0;
    server.answer = { status: 200 };
  }
  backend.arrived.length = 0;
});

const follow = (to: string, status: number, config: AxiosRequestConfig = {}) =>
  backend.axios.request({ url: '/redirect', params: { to, status }, ...config, ghl: { locationId } });

const authorizations = ({ seen }: OtherServer) => seen.map(({ headers }) => headers.authorization);

describe.each(['http', 'fetch'])('a redirect to a foreign host, adapter: %s', (adapter) => {
  it.each(STATUSES)('%i is followed without the token', async (status) => {
    for (const method of ['get', 'post']) {
      const data = method === 'post' ? { a: 1 } : undefined;
      await expect(follow(`${foreign.url}/x`, status, { method, data, adapter })).resolves.toMatchObject({
        status: 200,
      });
    }
    expect(authorizations(foreign)).toEqual([undefined, undefined]);
    expect(foreign.seen[1]?.body).toBe(status >= 307 ? '{"a":1}' : '');
    expect(JSON.stringify(foreign.seen)).not.toContain(token);
  });

  it('to this machine by its other name is one to a foreign host', async () => {
    const { port } = new URL(backend.baseUrl);
    await expect(follow(`http://localhost:${port}/echo`, 302, { adapter })).rejects.toMatchObject({
      response: { status: 401 },
    });
    expect(backend.arrived.find(({ path }) => path === '/echo')?.headers).not.toHaveProperty('authorization');
  });
});

describe('a redirect to a foreign host', () => {
  it('that answers 401 recovers nothing: the token was not there', async () => {
    backend.travel(10_000);
    foreign.answer = { status: 401, body: '{"message":"Invalid JWT"}' };
    const mark = backend.ledger.mark();
    for (let i = 0; i < 5; i += 1) {
      await expect(follow(foreign.url, 302)).rejects.toMatchObject({
        response: { status: 401, data: { message: 'Invalid JWT' } },
      });
    }
    expect(foreign.seen).toHaveLength(5);
    expect(backend.ledger.since(mark).tokenCalls()).toEqual([]);
  });

  it('and from there back to HighLevel stays without the token', async () => {
    foreign.answer = { status: 302, location: `${backend.baseUrl}/echo` };
    const mark = backend.ledger.mark();
    await expect(follow(foreign.url, 302)).rejects.toMatchObject({ response: { status: 401 } });
    expect(backend.arrived.at(-1)?.path).toBe('/echo');
    expect(backend.arrived.at(-1)?.headers).not.toHaveProperty('authorization');
    expect(backend.ledger.since(mark).tokenCalls()).toEqual([]);
  });

  it.each([
    ['with HighLevel’s host as its user', () => `http://${new URL(backend.baseUrl).host}@${foreign.host}/`],
    ['without a protocol', () => `//${foreign.host}/`],
  ])('%s is one', async (_, to) => {
    await follow(to(), 302);
    expect(foreign.seen).toHaveLength(1);
    expect(JSON.stringify(foreign.seen)).not.toContain(token);
  });
});

describe('a redirect to a host that is allowed', () => {
  it.each(STATUSES)('%i keeps the token', async (status) => {
    await expect(follow('/echo', status)).resolves.toMatchObject({
      status: 200,
      data: { place: `location:${locationId}` },
    });
    await expect(follow(`${allowed.url}/x`, status)).resolves.toMatchObject({ status: 200 });
    expect(authorizations(allowed)).toEqual([`Bearer ${token}`]);
  });

  it('and on to one that is not loses it there', async () => {
    allowed.answer = { status: 307, location: foreign.url };
    await follow(allowed.url, 307, { method: 'post', data: 'x' });
    expect(authorizations(allowed)).toEqual([`Bearer ${token}`]);
    expect(authorizations(foreign)).toEqual([undefined]);
  });

  it('loses it where a user stands before the host', async () => {
    await follow(`http://me@${allowed.host}/`, 302);
    expect(authorizations(allowed)).not.toContain(`Bearer ${token}`);
  });

  it('leads to a recovery and a replay where the token is dead', async () => {
    const dead = await backend.locationWithDeadToken();
    const mark = backend.ledger.mark();
    const config = { params: { to: '/echo', status: 307 }, ghl: { locationId: dead.locationId } };
    await expect(backend.axios.post('/redirect', { a: 1 }, config)).resolves.toMatchObject({
      status: 200,
      data: { bytes: 7 },
    });
    expect(backend.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });
});

describe('a beforeRedirect of the caller', () => {
  it('is called, sees no token, and keeps what it adds', async () => {
    const seen: unknown[] = [];
    const beforeRedirect: AxiosRequestConfig['beforeRedirect'] = (options, answer, request) => {
      seen.push({ headers: { ...(options['headers'] as object) }, status: answer.statusCode, from: request });
      Object.assign(options['headers'] as object, { 'X-Mine': 'yes' });
    };
    await follow(allowed.url, 302, { beforeRedirect });
    await follow(foreign.url, 302, { beforeRedirect });
    expect(seen).toMatchObject([{ status: 302 }, { status: 302 }]);
    expect(JSON.stringify(seen)).not.toContain(token);
    expect(allowed.seen[0]?.headers).toMatchObject({ 'x-mine': 'yes', authorization: `Bearer ${token}` });
    expect(foreign.seen[0]?.headers).toMatchObject({ 'x-mine': 'yes' });
    expect(authorizations(foreign)).toEqual([undefined]);
  });

  it('does not get the token to a foreign host by sending the request on there', async () => {
    const beforeRedirect: AxiosRequestConfig['beforeRedirect'] = (options) =>
      void Object.assign(options, { port: new URL(foreign.url).port });
    await follow('/echo', 302, { beforeRedirect });
    expect(authorizations(foreign)).toEqual([undefined]);
  });

  it('may set an Authorization of its own', async () => {
    const beforeRedirect: AxiosRequestConfig['beforeRedirect'] = ({ headers }) =>
      void Object.assign(headers as object, { authorization: 'Basic mine' });
    await follow(foreign.url, 302, { beforeRedirect });
    await follow(allowed.url, 302, { beforeRedirect });
    expect([...authorizations(foreign), ...authorizations(allowed)]).toEqual(['Basic mine', 'Basic mine']);
  });

  it('may stop the redirect with an error', async () => {
    const beforeRedirect = (): void => {
      throw new Error('no further');
    };
    await expect(follow(allowed.url, 302, { beforeRedirect })).rejects.toThrow(/no further/);
    expect(allowed.seen).toEqual([]);
  });
});
