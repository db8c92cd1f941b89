import { once } from 'node:events';
import type { Agent } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import axios from 'axios';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AxiosTransport } from '../../../lib/highlevel/axios-transport.js';
import type { HighLevelRequest } from '../../../lib/highlevel/transport.js';
import { TransportError } from '../../../lib/index.js';
import { startRawServer, startServer, type TestServer } from './support/server.js';

const SECRET = 'b0a1c2d3-0000-4000-8000-c0ffee000001';
const TIMEOUT_MS = 150;

let transport: AxiosTransport;
const servers: TestServer[] = [];
const running = async (server: Promise<TestServer>): Promise<TestServer> => {
  servers.push(await server);
  return server;
};

beforeEach(() => {
  transport = new AxiosTransport();
});
afterEach(async () => {
  transport.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const request = (url: string, more: Partial<HighLevelRequest> = {}): HighLevelRequest => ({
  method: 'POST',
  url: `${url}/oauth/token`,
  headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', 'user-agent': 'test' },
  body: `client_secret=${SECRET}&code=1%2B1`,
  timeoutMs: 5_000,
  ...more,
});

/** The error of a call; without a secret in it, however deep one looks. */
async function failureOf(url: string, more: Partial<HighLevelRequest> = {}): Promise<TransportError> {
  const headers = { ...request(url).headers, authorization: `Bearer ${SECRET}` };
  const error: unknown = await transport.send(request(url, { headers, ...more })).catch((reason: unknown) => reason);
  if (!(error instanceof TransportError)) throw new Error('the call did not fail as it should have');
  const shown = `${inspect(error, { depth: Infinity, showHidden: true })} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`;
  expect(shown).not.toContain(SECRET);
  return error;
}

const ok = (status: number, body: string, headers: Record<string, string> = {}) =>
  startServer((response) => void response.writeHead(status, headers).end(body));

describe('a request', () => {
  it('arrives as it was made, once', async () => {
    const server = await running(ok(200, '{}'));
    await transport.send(request(server.url));
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: '/oauth/token',
      body: `client_secret=${SECRET}&code=1%2B1`,
      headers: { ...request('').headers, 'content-length': '61' },
    });
    for (const name of ['authorization', 'version', 'cookie'])
      expect(server.requests[0]?.headers).not.toHaveProperty(name);
  });

  it("is none of the host's business: what it set on axios does not count here", async () => {
    const server = await running(ok(200, '{}'));
    const { defaults, interceptors } = axios;
    const before = { ...defaults };
    const intercepted = interceptors.request.use(() => Promise.reject(new Error('intercepted')));
    try {
      Object.assign(defaults, { baseURL: 'http://127.0.0.1:1', params: { leaked: 1 }, timeout: 1, maxRedirects: 5 });
      Object.assign(defaults, {
        adapter: () => Promise.reject(new Error('the adapter of the host')),
        auth: { username: 'a', password: 'b' },
      });
      defaults.headers.common['Authorization'] = 'Bearer of the host';
      await new AxiosTransport().send(request(server.url));
    } finally {
      delete defaults.headers.common['Authorization'];
      for (const name of Object.keys(defaults))
        if (!(name in before)) delete (defaults as unknown as Record<string, unknown>)[name];
      Object.assign(defaults, before);
      interceptors.request.eject(intercepted);
    }
    expect(server.requests).toMatchObject([{ url: '/oauth/token' }]);
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('an answer', () => {
  it.each([200, 201, 204, 304, 400, 401, 404, 422, 429, 500, 503])(
    'of status %i is an answer, with its text as it came',
    async (status) => {
      const body = status === 204 || status === 304 ? '' : ' {"a": 1}\n';
      const server = await running(ok(status, body, { 'Retry-After': '7', 'X-Two': 'b' }));
      expect(await transport.send(request(server.url))).toMatchObject({
        status,
        body,
        headers: { 'retry-after': '7', 'x-two': 'b' },
      });
    },
  );

  it.each([301, 302, 303, 307, 308])('of status %i is not followed: no secret goes elsewhere', async (status) => {
    const elsewhere = await running(ok(200, '{"access_token":"stolen"}'));
    const server = await running(ok(status, '', { location: `${elsewhere.url}/oauth/token` }));
    expect(await transport.send(request(server.url))).toMatchObject({ status, body: '' });
    expect(elsewhere.requests).toEqual([]);
    expect(elsewhere.connections.size).toBe(0);
  });

  it('may be compressed', async () => {
    const server = await running(
      startServer((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'))),
    );
    expect((await transport.send(request(server.url))).body).toBe('{"a":1}');
  });

  it('of more than a mebibyte is broken off, compressed or not', async () => {
    const huge = Buffer.alloc(64 * 1_048_576, 'x');
    const plain = await running(startServer((response) => void response.end(huge)));
    expect(await failureOf(plain.url)).toMatchObject({
      mayHaveArrived: true,
      message: expect.stringMatching(/1048576/),
    });
    const bomb = gzipSync(huge);
    const packed = await running(
      startServer((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    );
    expect(await failureOf(packed.url)).toMatchObject({ mayHaveArrived: true });
  });
});

describe('a call that certainly was not seen', () => {
  it('is one to a port where nobody listens', async () => {
    const server = await startServer(() => undefined);
    await server.stop();
    expect(await failureOf(server.url)).toMatchObject({ mayHaveArrived: false, reason: 'ECONNREFUSED' });
    expect(await failureOf(`http://localhost:${server.port}`)).toMatchObject({
      mayHaveArrived: false,
      reason: 'ECONNREFUSED',
    });
  });

  it('is one to a name that does not exist', async () => {
    const { mayHaveArrived, reason } = await failureOf('http://nothing.invalid');
    expect(mayHaveArrived).toBe(false);
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(reason);
  });
});

describe('a call that may have been seen', () => {
  it.each([
    ['is reset before anything is answered', (response) => response.socket?.resetAndDestroy()],
    ['is closed before anything is answered', (response) => response.socket?.destroy()],
    [
      'breaks off within the answer',
      (response) =>
        response.writeHead(200, { 'content-length': '999' }).write('{"a"', () => response.socket?.destroy()),
    ],
    [
      'ends early',
      (response) => response.writeHead(200, { 'content-length': '999' }).write('{"a"', () => response.socket?.end()),
    ],
  ] as [string, Parameters<typeof startServer>[0]][])('%s', async (_, answer) => {
    const server = await running(startServer(answer));
    expect(await failureOf(server.url)).toMatchObject({ mayHaveArrived: true });
    expect(server.requests).toHaveLength(1);
  });

  it('is answered with something that is not HTTP', async () => {
    const server = await running(startRawServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    expect(await failureOf(server.url)).toMatchObject({ mayHaveArrived: true });
  });

  it.each([
    ['nothing ever comes', () => undefined],
    [
      'the head comes, and no body',
      (response) => void response.writeHead(200, { 'content-length': '5' }).flushHeaders(),
    ],
    [
      'the body comes drop by drop',
      (response) => {
        const drip = setInterval(() => response.write(' '), 10);
        response.once('close', () => clearInterval(drip));
      },
    ],
  ] as [string, Parameters<typeof startServer>[0]][])('is given up after its time limit: %s', async (_, answer) => {
    const server = await running(startServer(answer));
    const started = performance.now();
    expect(await failureOf(server.url, { timeoutMs: TIMEOUT_MS })).toMatchObject({
      mayHaveArrived: true,
      reason: 'ETIMEDOUT',
      message: `no answer within ${TIMEOUT_MS} ms`,
    });
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 2_000);
  });
});

describe('connections', () => {
  it('are kept for further calls, made anew where the server has closed them, and closed at the end', async () => {
    const server = await running(ok(200, '{}'));
    await transport.send(request(server.url));
    const [first] = server.connections;
    await transport.send(request(server.url));
    expect([...server.connections]).toEqual([first]);
    first?.destroy();
    const { freeSockets } = (transport as unknown as { httpAgent: Agent }).httpAgent;
    while (Object.keys(freeSockets).length > 0) await new Promise((resolve) => setImmediate(resolve));
    await transport.send(request(server.url));
    expect(server.requests).toHaveLength(3);
    expect(server.connections.size).toBe(1);
    const closed = [...server.connections].map((socket) => once(socket, 'close'));
    transport.close();
    await Promise.all(closed);
    expect(server.connections.size).toBe(0);
  });
});
