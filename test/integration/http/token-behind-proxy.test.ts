import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AxiosRequestConfig } from 'axios';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';
import { startProxy, type Proxy } from './support/proxy.js';

const STATUSES = [301, 302, 303, 307, 308];
const TLS_HOST = 'secure.example:8443';

let backend: Backend;
let foreign: OtherServer;
let allowed: OtherServer;
let proxy: Proxy;
let locationId: string;
let token: string;

beforeAll(async () => {
  [foreign, allowed, proxy] = await Promise.all([startOtherServer(), startOtherServer(), startProxy()]);
  backend = await Backend.start({ options: { allowedHosts: [allowed.host, TLS_HOST] } });
  ({ locationId } = await backend.location());
  token = await backend.tokens.getAccessToken({ locationId });
});
afterAll(() => Promise.all([backend.close(), foreign.close(), allowed.close(), proxy.close()]));
beforeEach(() => {
  for (const list of [foreign.seen, allowed.seen, proxy.passed, proxy.tunnels]) list.length = 0;
});

const authorizations = ({ seen }: OtherServer) => seen.map(({ headers }) => headers.authorization);

/** One request through the proxy, which is named in the request, in the defaults of the instance or by the environment. */
const through = async (named: string, config: AxiosRequestConfig): Promise<unknown> => {
  const own = { host: '127.0.0.1', port: proxy.port, protocol: 'http' };
  const before = process.env['NO_PROXY'];
  if (named === 'the defaults') backend.axios.defaults.proxy = own;
  if (named === 'the environment') process.env['HTTP_PROXY'] = process.env['HTTPS_PROXY'] = proxy.url;
  try {
    const given = named === 'the request' ? { ...config, proxy: own } : config;
    return await backend.axios.request({ ...given, ghl: { locationId } }).catch((error: unknown) => error);
  } finally {
    delete backend.axios.defaults.proxy;
    delete process.env['HTTP_PROXY'];
    delete process.env['HTTPS_PROXY'];
    if (before !== undefined) process.env['NO_PROXY'] = before;
  }
};

describe.each(['the request', 'the defaults', 'the environment'])('through a proxy that is named by %s', (named) => {
  it('a request arrives with its token', async () => {
    expect(await through(named, { url: '/echo' })).toMatchObject({
      status: 200,
      data: { place: `location:${locationId}` },
    });
    expect(proxy.passed.map(({ url }) => url)).toEqual([`${backend.baseUrl}/echo`]);
  });

  it.each(STATUSES)('a %i to a foreign host is followed without the token', async (status) => {
    await through(named, { url: '/redirect', params: { to: `${foreign.url}/x`, status } });
    expect(authorizations(foreign)).toEqual([undefined]);
    expect(proxy.passed.at(-1)).toMatchObject({ url: `${foreign.url}/x` });
    expect(proxy.passed.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('a redirect to a host that is allowed keeps it', async () => {
    await through(named, { url: '/redirect', params: { to: `${allowed.url}/x`, status: 307 } });
    expect(authorizations(allowed)).toEqual([`Bearer ${token}`]);
  });

  it('the proxy is told nothing of what goes to HighLevel’s TLS host', async () => {
    const error = await through(named, { url: `https://${TLS_HOST}/echo` });
    expect(proxy.tunnels.map(({ to }) => to)).toEqual([TLS_HOST]);
    expect(JSON.stringify([proxy.tunnels, proxy.passed])).not.toContain(token);
    expect(JSON.stringify(error)).not.toContain(token);
  });

  it('a foreign URL is refused as ever', async () => {
    expect(await through(named, { url: foreign.url })).toMatchObject({ code: 'GHL_FOREIGN_HOST' });
    expect([...foreign.seen, ...proxy.passed, ...proxy.tunnels]).toEqual([]);
  });

  it('an Authorization that was set by hand stays behind on a redirect', async () => {
    const headers = { Authorization: 'Bearer of-my-own' };
    for (const server of [foreign, allowed]) {
      await through(named, { url: '/redirect', params: { to: server.url, status: 302 }, headers });
      expect(authorizations(server)).toEqual([undefined]);
    }
  });
});
