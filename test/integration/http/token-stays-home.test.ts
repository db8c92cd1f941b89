import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios, { type AxiosAdapter, type AxiosRequestConfig, type InternalAxiosRequestConfig } from 'axios';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';

const HOME = 'https://services.leadconnectorhq.com';

describe('on HighLevel’s real host', () => {
  const locationId = 'home';
  let backend: Backend;
  let sent: { readonly host: string; readonly authorization: unknown }[] = [];

  /** Stands in for the network: nothing leaves this machine. */
  const adapter: AxiosAdapter = (config) => {
    const { url, baseURL, allowAbsoluteUrls } = config as Required<InternalAxiosRequestConfig>;
    const { host } = new URL(axios.getUri({ url, baseURL, allowAbsoluteUrls }));
    sent.push({ host, authorization: config.headers.get('Authorization') });
    return Promise.resolve({ data: {}, status: 200, statusText: 'OK', headers: {}, config });
  };
  const send = async (config: AxiosRequestConfig): Promise<unknown> => {
    sent = [];
    return backend.axios
      .request({ url: '/echo', adapter, ...config, ghl: { locationId } })
      .catch((error: unknown) => error);
  };

  beforeAll(async () => {
    backend = await Backend.start({ options: { apiBaseUrl: HOME, allowedHosts: ['api.white-label.example'] } });
    await backend.tokens.importTokens(
      { locationId },
      { accessToken: 'the-token', expiresAt: new Date(Date.now() + 86_400_000) },
    );
  });
  afterAll(() => backend.close());

  it.each<[string, AxiosRequestConfig]>([
    ['another host', { url: 'https://evil.example/echo' }],
    ['another host without a protocol', { url: '//evil.example/echo' }],
    ['another host in baseURL', { baseURL: 'https://evil.example' }],
    [
      'another host in baseURL, for good',
      { baseURL: 'https://evil.example', url: `${HOME}/echo`, allowAbsoluteUrls: false },
    ],
    ['a foreign URL that not every axios takes for a path', { url: 'https://evil.example/', allowAbsoluteUrls: false }],
    ['no host at all', { baseURL: '' }],
    ['HighLevel’s host as a user', { url: 'https://services.leadconnectorhq.com@evil.example/' }],
    ['HighLevel’s host as user and password', { url: 'https://services.leadconnectorhq.com:443@evil.example/' }],
    ['another host before a backslash', { url: 'https://evil.example\\@services.leadconnectorhq.com/' }],
    ['a user at HighLevel’s host', { url: 'https://me@services.leadconnectorhq.com/' }],
    ['a user and a password at HighLevel’s host', { baseURL: 'https://me:mine@services.leadconnectorhq.com' }],
    ['HighLevel’s host as a subdomain', { url: 'https://services.leadconnectorhq.com.evil.example/' }],
    ['a subdomain of HighLevel’s host', { url: 'https://sub.services.leadconnectorhq.com/' }],
    ['a host that ends like it', { url: 'https://xservices.leadconnectorhq.com/' }],
    ['its parent domain', { url: 'https://leadconnectorhq.com/' }],
    ['a dot after the host', { url: 'https://services.leadconnectorhq.com./' }],
    ['a letter that looks the same', { url: 'https://ѕervices.leadconnectorhq.com/' }],
    ['another port', { url: 'https://services.leadconnectorhq.com:8443/' }],
    ['no TLS', { url: 'http://services.leadconnectorhq.com/' }],
    ['no TLS, on its port', { url: 'http://services.leadconnectorhq.com:443/' }],
    ['another protocol', { url: 'ftp://services.leadconnectorhq.com/' }],
    ['an allowed host on another port', { url: 'https://api.white-label.example:444/' }],
    ['a local socket', { socketPath: '/var/run/some.sock' }],
    ['a local socket and an absolute URL', { socketPath: '/var/run/some.sock', url: `${HOME}/echo` }],
  ])('%s: refused, and nothing is sent', async (_, config) => {
    const error = await send(config);
    expect(error).toMatchObject({ code: 'GHL_FOREIGN_HOST', retryable: false, installation: { locationId } });
    expect((error as Error).message).not.toMatch(/@|mine|the-token|\/echo/);
    expect(sent).toEqual([]);
  });

  it.each<[string, AxiosRequestConfig, string]>([
    ['a path', {}, 'services.leadconnectorhq.com'],
    ['a path without a slash', { url: 'echo' }, 'services.leadconnectorhq.com'],
    ['nothing', { url: '' }, 'services.leadconnectorhq.com'],
    ['a path that looks like a host', { url: '/\\evil.example' }, 'services.leadconnectorhq.com'],
    ['a blank before a foreign URL', { url: ' https://evil.example/' }, 'services.leadconnectorhq.com'],
    [
      'an absolute URL of its own, as a path',
      { url: `${HOME}/echo`, allowAbsoluteUrls: false },
      'services.leadconnectorhq.com',
    ],
    ['capital letters', { url: 'HTTPS://Services.LeadConnectorHQ.com/echo' }, 'services.leadconnectorhq.com'],
    ['the usual port', { url: 'https://services.leadconnectorhq.com:443/echo' }, 'services.leadconnectorhq.com'],
    ['a baseURL with a path', { baseURL: `${HOME}/v1` }, 'services.leadconnectorhq.com'],
    ['a host that is allowed', { url: 'https://api.white-label.example/echo' }, 'api.white-label.example'],
  ])('%s: sent to %s', async (_, config, host) => {
    await expect(send(config)).resolves.toMatchObject({ status: 200 });
    expect(sent).toEqual([{ host, authorization: 'Bearer the-token' }]);
  });

  it('is the last word: also after what an interceptor made of the URL, in either order', async () => {
    const { interceptors } = backend.axios;
    const id = interceptors.request.use((config) => Object.assign(config, { url: 'https://evil.example/' }));
    for (const legacyInterceptorReqResOrdering of [true, false]) {
      await expect(send({ transitional: { legacyInterceptorReqResOrdering } })).resolves.toMatchObject({
        code: 'GHL_FOREIGN_HOST',
      });
      expect(sent).toEqual([]);
    }
    interceptors.request.eject(id);
  });
});

describe('over real sockets', () => {
  let backend: Backend;
  let other: OtherServer;

  beforeAll(async () => {
    other = await startOtherServer();
    backend = await Backend.start();
  });
  afterAll(async () => {
    await backend.close();
    await other.close();
  });

  it('another port of this machine is another host, and so is its other name', async () => {
    const { locationId } = await backend.location();
    const { port } = new URL(backend.baseUrl);
    const mark = backend.ledger.mark();
    for (const url of [`${other.url}/echo`, `http://localhost:${port}/echo`, `http://[::1]:${port}/echo`]) {
      await expect(backend.axios.get(url, { ghl: { locationId } })).rejects.toMatchObject({ code: 'GHL_FOREIGN_HOST' });
    }
    expect(other.seen).toEqual([]);
    expect(backend.ledger.since(mark).entries).toEqual([]);
  });

  it('a foreign URL is refused before a token is asked for', async () => {
    const { locationId } = await backend.location();
    backend.travel(86_400_000);
    const mark = backend.ledger.mark();
    await expect(backend.axios.get(other.url, { ghl: { locationId } })).rejects.toMatchObject({
      code: 'GHL_FOREIGN_HOST',
    });
    expect(backend.ledger.since(mark).entries).toEqual([]);
  });

  it('a request for nobody may go anywhere', async () => {
    await expect(backend.axios.get(`${other.url}/public`, { ghl: false })).resolves.toMatchObject({ status: 200 });
    expect(other.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/public', undefined]]);
  });
});
