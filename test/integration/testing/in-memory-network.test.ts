import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import axios, { type AxiosAdapter } from 'axios';
import { GhlAuthInterceptor, GhlHttpService, TokenService, type GhlAxiosInstance } from '../../../lib/index.js';
import { type FaultMatch, GhlAuthTestbed, GhlAuthTestingModule } from '../../../lib/testing.js';
import { sha256 } from '../../support/backend.js';
import { SPENT_BODIES, WHOLE_BODIES, withoutBoundary, type Body } from '../http/support/bodies.js';

let module: TestingModule;
let testbed: GhlAuthTestbed;
let http: GhlAxiosInstance;
const place = { locationId: 'dentist-oslo' };

beforeEach(async () => {
  module = await Test.createTestingModule({ imports: [GhlAuthTestingModule.forRoot()] }).compile();
  testbed = module.get(GhlAuthTestbed);
  http = module.get(GhlHttpService).axiosRef;
  await testbed.installLocation(place.locationId);
});

/** What arrives at HighLevel, byte by byte. */
const arrivals = () => {
  const arrived: { headers: Readonly<Record<string, string>>; body: Buffer }[] = [];
  const when: FaultMatch['when'] = ({ path, headers, body = '' }) => {
    if (path === '/echo') arrived.push({ headers, body: Buffer.from(body) });
    return false;
  };
  testbed.simulator.fault({ match: { when }, times: 'forever', do: { delayMs: 1 } });
  return arrived;
};

const expectWhole = (arrived: ReturnType<typeof arrivals>, body: Body): void => {
  for (const request of arrived) {
    expect(request.headers['content-type'] ?? '').toMatch(body.contentType);
    expect(withoutBoundary(request).equals(body.bytes)).toBe(true);
  }
};

const configOf = (body: Body, ghl: object) => ({ ghl: ghl as never, ...(body.headers && { headers: body.headers }) });

describe('a body without a socket', () => {
  it.each(WHOLE_BODIES)('arrives whole, and whole again after a 401: $name', async (body) => {
    const arrived = arrivals();
    testbed.simulator.killAccessToken(place);
    const { data } = await http.post<{ sha256: string }>('/echo', body.make(), configOf(body, place));
    expect(arrived).toHaveLength(2);
    expect(data.sha256).toBe(sha256(arrived[1]?.body ?? ''));
    expectWhole(arrived, body);
  });

  it.each(SPENT_BODIES)('arrives whole: $name', async (body) => {
    const arrived = arrivals();
    await http.post('/echo', body.make(), configOf(body, place));
    expect(arrived).toHaveLength(1);
    expectWhole(arrived, body);
  });

  it.each(SPENT_BODIES)('is refused after a 401, unless it is made again: $name', async (body) => {
    const arrived = arrivals();
    testbed.simulator.killAccessToken(place);
    const sending = http.post('/echo', body.make(), configOf(body, place));
    await expect(sending).rejects.toMatchObject({ code: 'GHL_BODY_NOT_REPLAYABLE' });
    testbed.simulator.killAccessToken(place);
    await http.post('/echo', body.make(), configOf(body, { installation: place, body: body.make }));
    expect(arrived).toHaveLength(3);
    expectWhole(arrived, body);
  });
});

describe('an answer without a socket', () => {
  it.each(['stream', 'arraybuffer', 'text', 'json'] as const)('comes as %s', async (responseType) => {
    const { data } = await http.get<unknown>('/echo', { ghl: place, responseType });
    const text =
      data instanceof Readable
        ? Buffer.concat((await data.toArray()) as Buffer[]).toString()
        : Buffer.isBuffer(data)
          ? data.toString()
          : typeof data === 'string'
            ? data
            : JSON.stringify(data);
    expect(JSON.parse(text)).toMatchObject({ place: 'location:dentist-oslo', method: 'GET' });
  });

  it('may lead on to another path, with the token, and to another host, which does not resolve', async () => {
    const to = (url: string) => ({ ghl: place, params: { to: url, status: 307 } });
    const { data } = await http.get<unknown>('/redirect', to('https://services.leadconnectorhq.com/echo'));
    expect(data).toMatchObject({ place: 'location:dentist-oslo' });
    await expect(http.get('/redirect', to('https://elsewhere.example.com/'))).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
    expect(testbed.ledger.entries.filter(({ host }) => host === 'elsewhere.example.com')).toEqual([]);
  });

  it('comes whatever proxy the environment names', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' });
    try {
      expect((await http.get('/echo', { ghl: place })).status).toBe(200);
    } finally {
      for (const name of ['HTTPS_PROXY', 'HTTP_PROXY']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

describe('trouble without a socket', () => {
  const api: FaultMatch = { path: '/echo' };
  const failure = (config: object = {}) =>
    http.get('/echo', { ghl: place, ...config }).then(
      () => null,
      ({ code, message }: Error & { code: string }) => ({ code, message }),
    );

  it.each([
    ['refused', 'ECONNREFUSED', 'connect ECONNREFUSED'],
    ['reset', 'ECONNRESET', 'read ECONNRESET'],
    ['lost', 'ECONNRESET', 'read ECONNRESET'],
  ] as const)('of kind %s fails as a socket does', async (kind, code, message) => {
    testbed.simulator.fault({ match: api, do: kind });
    expect(await failure()).toEqual({ code, message });
    expect(testbed.ledger.apiCalls().at(-1)).toMatchObject({ delivery: 'lost' });
    expect(await failure()).toBeNull();
  });

  it.each([
    ['nothing comes', 'hang', {}, { code: 'ECONNABORTED', message: 'timeout of 5000ms exceeded' }, 5_000],
    ['it comes late', { delayMs: 9_000 }, {}, { code: 'ECONNABORTED', message: 'timeout of 5000ms exceeded' }, 5_000],
    [
      'nothing comes, in the words of the config',
      'hang',
      { timeoutErrorMessage: 'too slow', transitional: { clarifyTimeoutError: true } },
      { code: 'ETIMEDOUT', message: 'too slow' },
      5_000,
    ],
    [
      'nothing comes and nobody gives up',
      'hang',
      { timeout: 0 },
      { code: 'ECONNRESET', message: 'read ECONNRESET' },
      300_000,
    ],
  ] as const)('ends on the clock, and at once, where %s', async (_, fault, config, expected, passed) => {
    const before = testbed.clock.monotonic();
    testbed.simulator.fault({ match: api, do: fault });
    expect(await failure({ timeout: 5_000, ...config })).toEqual(expected);
    expect(testbed.clock.monotonic() - before).toBe(passed);
  });

  it('ends when the caller goes away', async () => {
    const leaving = new AbortController();
    const when: FaultMatch['when'] = () => (leaving.abort(), true);
    testbed.simulator.fault({ match: { ...api, when }, do: { delayMs: 1_000 } });
    expect(await failure({ signal: leaving.signal, timeout: 60_000 })).toMatchObject({ code: 'ERR_CANCELED' });
    expect(await failure({ signal: AbortSignal.abort(), timeout: 60_000 })).toMatchObject({ code: 'ERR_CANCELED' });
  });
});

describe("the host's own axios without a socket", () => {
  const attach = (instance = axios.create({ baseURL: 'https://services.leadconnectorhq.com' })) => {
    module.get(GhlAuthInterceptor).attach(instance, {
      resolve: ({ headers }) => (headers.has('x-nobody') ? null : place),
    });
    return instance;
  };

  it('reaches the simulator, and recovers from a 401', async () => {
    testbed.simulator.killAccessToken(place);
    expect((await attach().get('/echo')).status).toBe(200);
    expect(testbed.ledger.rotations(place)).toHaveLength(1);
  });

  it.each(['http', 'fetch', ['fetch', 'http']])('does so whatever adapter of axios it names: %j', async (adapter) => {
    const instance = axios.create({ baseURL: 'https://services.leadconnectorhq.com', adapter: adapter as 'http' });
    expect((await attach(instance).get('/echo')).status).toBe(200);
    expect((await attach().get('/echo', { adapter: adapter as 'http' })).status).toBe(200);
  });

  it('leaves an adapter of its own where it is: that of a mock, say', async () => {
    const seen: unknown[] = [];
    const mock: AxiosAdapter = (config) => {
      seen.push(config.headers.get('Authorization'));
      return Promise.resolve({ data: 'mocked', status: 200, statusText: 'OK', headers: {}, config });
    };
    const instance = axios.create({ baseURL: 'https://services.leadconnectorhq.com', adapter: mock });
    expect((await attach(instance).get('/opportunities/')).data).toBe('mocked');
    expect((await http.get('/opportunities/', { ghl: place, adapter: mock })).data).toBe('mocked');
    expect(seen).toEqual([expect.stringMatching(/^Bearer /), expect.stringMatching(/^Bearer /)]);
    expect(testbed.ledger.apiCalls()).toEqual([]);
  });

  it('sends what is for nobody where it always went', async () => {
    const mock: AxiosAdapter = (config) =>
      Promise.resolve({ data: 'elsewhere', status: 200, statusText: 'OK', headers: {}, config });
    const instance = attach(axios.create({ adapter: mock }));
    expect((await instance.get('https://example.com/', { headers: { 'x-nobody': '1' } })).data).toBe('elsewhere');
  });
});

describe('fetch without a socket', () => {
  const echo = 'https://services.leadconnectorhq.com/echo';
  const call = (init: RequestInit = {}) =>
    module.get(TokenService).withAccessToken(place, async (token) => {
      const headers = { authorization: `Bearer ${token}`, version: '2021-07-28' };
      const response = await testbed.fetch(echo, { ...init, headers });
      if (!response.ok) throw Object.assign(new Error('refused'), { status: response.status });
      return (await response.json()) as Record<string, unknown>;
    });

  it('carries a body whole, and recovers with withAccessToken', async () => {
    testbed.simulator.killAccessToken(place);
    const answer = await call({ method: 'POST', body: 'ä'.repeat(9) });
    expect(answer).toMatchObject({ method: 'POST', bytes: 18, sha256: sha256('ä'.repeat(9)) });
    expect(testbed.ledger.rotations(place)).toHaveLength(1);
  });

  it('fails as fetch does', async () => {
    await expect(testbed.fetch('https://elsewhere.example.com/')).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ENOTFOUND' },
    });
    testbed.simulator.fault({ match: { path: '/echo' }, do: 'reset' });
    await expect(call()).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } });
    testbed.simulator.fault({ match: { path: '/echo' }, do: 'hang' });
    await expect(call()).rejects.toMatchObject({ message: 'fetch failed' });
    await expect(call({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const leaving = new AbortController();
    const when: FaultMatch['when'] = () => (leaving.abort(), true);
    testbed.simulator.fault({ match: { path: '/echo', when }, do: { delayMs: 1_000 } });
    await expect(call({ signal: leaving.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('answers without a body where there is none', async () => {
    testbed.simulator.addResource({ method: 'DELETE', path: '/things/:id', answer: () => ({ status: 204, body: '' }) });
    const token = await module.get(TokenService).getAccessToken(place);
    const headers = { authorization: `Bearer ${token}`, version: '2021-07-28' };
    const url = 'https://services.leadconnectorhq.com/things/1';
    expect((await testbed.fetch(url, { method: 'DELETE', headers })).status).toBe(204);
  });
});

it('opens no socket and leaves nothing behind that keeps a process alive', async () => {
  const open = () => process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|TTY|Timeout)/.test(name)).length;
  const before = open();
  await http.get('/echo', { ghl: place, timeout: 5_000 });
  expect(open()).toBeLessThanOrEqual(before);
});

afterEach(() => module.close());
