import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import axios, { type AxiosAdapter, type AxiosRequestConfig, type InternalAxiosRequestConfig } from 'axios';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';

let backend: Backend;
let foreign: OtherServer;
beforeAll(async () => {
  foreign = await startOtherServer();
  backend = await Backend.start();
});
afterAll(async () => {
  await backend.close();
  await foreign.close();
});
beforeEach(() => {
  foreign.seen.length = 0;
  backend.arrived.length = 0;
});

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'sent',
    ({ code }: { code: unknown }) => code,
  );

/** A location whose token has run out, so that a request waits for the next one. */
const waiting = async (): Promise<{ locationId: string; renewal: ReturnType<Backend['hold']> }> => {
  const { locationId } = await backend.location();
  backend.travel(86_400_000);
  return { locationId, renewal: backend.hold({ path: '/oauth/token' }) };
};

describe('where a request goes is what counts at the last moment', () => {
  let interceptors: number[] = [];
  afterEach(() => {
    for (const id of interceptors) backend.axios.interceptors.request.eject(id);
    interceptors = [];
  });

  it.each<[string, (config: InternalAxiosRequestConfig) => void]>([
    ['the URL', (config) => void (config.url = `${foreign.url}/late`)],
    ['the base URL', (config) => void (config.baseURL = foreign.url)],
    ['both', (config) => void Object.assign(config, { baseURL: '', url: foreign.url })],
    ['the socket', (config) => void (config.socketPath = '/var/run/some.sock')],
  ])('%s, changed while the request waits for its token: nothing is sent there', async (_, change) => {
    const { locationId, renewal } = await waiting();
    let late: InternalAxiosRequestConfig | undefined;
    interceptors.push(backend.axios.interceptors.request.use((config) => (late = config)));
    const answer = codeOf(backend.axios.get('/echo', { ghl: { locationId } }));
    await renewal.waiting(1);
    change(late as InternalAxiosRequestConfig);
    renewal.release();
    expect(await answer).toBe('GHL_FOREIGN_HOST');
    expect(foreign.seen).toEqual([]);
    expect(backend.arrived.map(({ path }) => path)).not.toContain('/echo');
  });

  it('also before the replay', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const renewal = backend.hold({ path: '/oauth/token' });
    let late: InternalAxiosRequestConfig | undefined;
    interceptors.push(backend.axios.interceptors.request.use((config) => (late = config)));
    const answer = codeOf(backend.axios.get('/echo', { ghl: { locationId } }));
    await renewal.waiting(1);
    (late as InternalAxiosRequestConfig).url = `${foreign.url}/late`;
    renewal.release();
    expect(await answer).toBe('GHL_FOREIGN_HOST');
    expect(foreign.seen).toEqual([]);
  });

  it('a URL that is an object is what it was when it was looked at', async () => {
    const { locationId } = await backend.location();
    const ghl = { locationId };
    const url = new URL('/echo', backend.baseUrl) as unknown as string;
    await expect(backend.axios.request({ url, ghl })).resolves.toMatchObject({ status: 200 });
    let looks = 0;
    const fickle = { toString: () => ((looks += 1) > 1 ? `${foreign.url}/fickle` : '/echo') } as unknown as string;
    await backend.axios.request({ url: fickle, ghl }).catch(() => undefined);
    expect(looks).toBeGreaterThan(0);
    expect(foreign.seen).toEqual([]);
  });

  it('a transformRequest that changes it comes before', async () => {
    const { locationId } = await backend.location();
    const transformRequest = function (this: InternalAxiosRequestConfig, data: unknown): unknown {
      this.url = `${foreign.url}/transformed`;
      return data;
    };
    expect(await codeOf(backend.axios.post('/echo', {}, { ghl: { locationId }, transformRequest }))).toBe(
      'GHL_FOREIGN_HOST',
    );
    expect(foreign.seen).toEqual([]);
  });

  it('is looked at on an axios of the host’s own as well', async () => {
    const { locationId, renewal } = await waiting();
    const own = axios.create({ baseURL: backend.baseUrl });
    let late: InternalAxiosRequestConfig | undefined;
    own.interceptors.request.use((config) => (late = config));
    const detach = backend.interceptor.attach(own, { resolve: () => ({ locationId }) });
    const answer = codeOf(own.get('/echo'));
    await renewal.waiting(1);
    (late as InternalAxiosRequestConfig).url = foreign.url;
    renewal.release();
    expect(await answer).toBe('GHL_FOREIGN_HOST');
    expect(await codeOf(own.get(foreign.url))).toBe('GHL_FOREIGN_HOST');
    expect(foreign.seen).toEqual([]);
    detach();
  });
});

describe('an adapter of the host’s own', () => {
  it('gets the token for HighLevel’s host only, and keeps no copy of it in what it throws', async () => {
    const { locationId } = await backend.location();
    const token = await backend.tokens.getAccessToken({ locationId });
    const seen: unknown[] = [];
    const adapter: AxiosAdapter = (config) => {
      seen.push([config.url, config.headers.get('Authorization')]);
      return Promise.reject(Object.assign(new Error('the adapter broke'), { config, headers: config.headers }));
    };
    const failed = backend.axios.get('/echo', { ghl: { locationId }, adapter });
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(seen).toEqual([['/echo', `Bearer ${token}`]]);
    expect(JSON.stringify(error)).not.toContain(token);
    expect(await codeOf(backend.axios.get(foreign.url, { ghl: { locationId }, adapter }))).toBe('GHL_FOREIGN_HOST');
    expect(seen).toHaveLength(1);
  });
});

describe.each(['http', 'fetch'])('a header that was set by hand, adapter: %s', (adapter) => {
  let allowed: OtherServer;
  let shared: Backend;
  let locationId: string;
  beforeAll(async () => {
    allowed = await startOtherServer();
    shared = await Backend.start({ options: { allowedHosts: [allowed.host] } });
    ({ locationId } = await shared.location());
  });
  afterAll(async () => {
    await shared.close();
    await allowed.close();
  });
  beforeEach(() => {
    allowed.seen.length = 0;
    shared.arrived.length = 0;
  });

  const MINE = { headers: { Authorization: 'Bearer of-my-own' } };
  const send = (config: AxiosRequestConfig, isForNobody = false) =>
    shared.axios
      .request({ ...config, adapter, ghl: isForNobody ? false : { locationId } })
      .then(({ status }) => status)
      .catch(({ response }: { response?: { status: number } }) => response?.status);
  const redirected = (to: string, status = 302) => ({ url: '/redirect', params: { to, status } });
  const reached = ({ seen }: OtherServer) => seen.map(({ headers }) => headers.authorization);

  it.each([false, true])('goes where it was sent, whatever host that is (for nobody: %s)', async (isForNobody) => {
    expect(await send({ url: foreign.url, ...MINE }, isForNobody)).toBe(200);
    expect(await send({ url: '/echo', ...MINE }, isForNobody)).toBe(401);
    expect(reached(foreign)).toEqual(['Bearer of-my-own']);
    expect(shared.arrived.at(-1)?.headers['authorization']).toBe('Bearer of-my-own');
  });

  it.each([301, 302, 303, 307, 308])(
    'stays behind when a %i leads to another host, also to one of HighLevel’s',
    async (status) => {
      for (const isForNobody of [false, true]) {
        expect(await send({ ...redirected(foreign.url, status), ...MINE }, isForNobody)).toBe(200);
        expect(await send({ ...redirected(allowed.url, status), ...MINE }, isForNobody)).toBe(200);
      }
      expect(reached(foreign)).toEqual([undefined, undefined]);
      expect(reached(allowed)).toEqual([undefined, undefined]);
    },
  );

  it('stays on a redirect within its host', async () => {
    await send({ ...redirected('/echo'), ...MINE });
    expect(shared.arrived.at(-1)).toMatchObject({ path: '/echo', headers: { authorization: 'Bearer of-my-own' } });
  });

  it('is not replaced by the token, not even where it was set to nothing', async () => {
    const token = await shared.tokens.getAccessToken({ locationId });
    for (const Authorization of ['Bearer of-my-own', 'Basic bWU6bWluZQ==', '']) {
      await send({ url: '/echo', headers: { Authorization } });
      expect(shared.arrived.at(-1)?.headers['authorization'] ?? '').toBe(Authorization);
      await send({ ...redirected(allowed.url), headers: { Authorization } });
    }
    expect(JSON.stringify([shared.arrived, allowed.seen])).not.toContain(token);
  });

  it('as user and password stays behind as well', async () => {
    const auth = { username: 'me', password: 'mine' };
    expect(await send({ ...redirected(foreign.url), auth })).toBe(200);
    expect(await send({ ...redirected(allowed.url), auth })).toBe(200);
    expect([...reached(foreign), ...reached(allowed)]).toEqual([undefined, undefined]);
  });
});

describe.each(['http', 'fetch'])('maxRedirects, adapter: %s', (adapter) => {
  it('of 0 hands the redirect to the caller, and the token goes nowhere', async () => {
    const { locationId } = await backend.location();
    const params = { to: foreign.url, status: 302 };
    const answer = backend.axios.get('/redirect', { params, maxRedirects: 0, adapter, ghl: { locationId } });
    await expect(answer).rejects.toMatchObject({ response: { status: 302 } });
    expect(foreign.seen).toEqual([]);
  });

  it('that is used up on the way ends with an error that shows no token', async () => {
    const { locationId } = await backend.location();
    const token = await backend.tokens.getAccessToken({ locationId });
    foreign.answer = { status: 302, location: foreign.url };
    const params = { to: foreign.url, status: 302 };
    const failed = backend.axios.get('/redirect', { params, maxRedirects: 2, adapter, ghl: { locationId } });
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    foreign.answer = { status: 200 };
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify([error, foreign.seen])).not.toContain(token);
  });
});
