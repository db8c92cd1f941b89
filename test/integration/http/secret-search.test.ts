import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import axios, { AxiosError, AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { startOtherServer } from './support/other-server.js';
import { SecretSearch } from './support/secret-search.js';

const TOKEN = `eyJhbGciOiJSUzI1NiJ9.${'Zq+/"=\\'.repeat(30)}.${Array.from({ length: 200 }, (_, i) => i.toString(36)).join('')}`;
const SECRET = 'c5a1f0c2-0d5e-4a52-9d6e-6f0a2b7c8d9e';

const find = (value: unknown) => new SecretSearch([TOKEN, SECRET]).through('here', value).leaks;

const configWith = (headers: Record<string, string>) =>
  ({ headers: new AxiosHeaders(headers), method: 'get' }) as InternalAxiosRequestConfig;

describe('the search for secrets finds a leak that was planted', () => {
  it.each<[string, unknown]>([
    ['in a line of text', `token=${TOKEN}`],
    ['in a short secret', `secret ${SECRET}!`],
    ['URL-encoded', new URL(`https://x.example/?t=${encodeURIComponent(TOKEN)}`).href],
    ['in JSON', JSON.stringify({ token: TOKEN })],
    ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ token: TOKEN }) })],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 behind something else', `Basic ${Buffer.from(`client:${SECRET}`).toString('base64')}`],
    ['in base64url', Buffer.from(`ab${TOKEN}yz`).toString('base64url')],
    ['in hex', Buffer.from(TOKEN).toString('hex')],
    ['cut off behind its middle', TOKEN.slice(0, TOKEN.length / 2 + 60)],
    ['cut off before its end', TOKEN.slice(-50)],
    ['in bytes', { body: Buffer.from(`x${TOKEN}`) }],
    ['in an ArrayBuffer', { body: new TextEncoder().encode(SECRET).buffer }],
    ['in a list, deep down', { a: [{ b: { c: [[{ d: { e: [TOKEN] } }]] } }] }],
    ['as a name', { [SECRET]: 1 }],
    ['in a Map and a Set', new Map([[{ a: 1 }, new Set([TOKEN])]])],
    ['behind a symbol', { [Symbol('hidden')]: TOKEN }],
    ['in what is not enumerable', Object.defineProperty({}, 'hidden', { value: TOKEN })],
    ['behind a getter', Object.defineProperty({}, 'late', { get: () => TOKEN })],
    ['in what toJSON says', { toJSON: () => ({ token: TOKEN }) }],
    [
      'in a circle',
      (() => {
        const circle: Record<string, unknown> = { token: TOKEN };
        circle['self'] = circle;
        return circle;
      })(),
    ],
    [
      'in the headers of a Request',
      new Request('http://localhost', { headers: { authorization: `Bearer ${SECRET}` } }),
    ],
    ['in a message', new Error(`refused: ${TOKEN}`)],
    ['in a stack', Object.assign(new Error('x'), { stack: `Error: ${TOKEN}` })],
    ['in a cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(TOKEN) }) })],
    [
      'in a cause that is not enumerable',
      Object.defineProperty(new Error('a'), 'cause', { value: { secret: SECRET } }),
    ],
    ['in axios’ config', new AxiosError('x', 'y', configWith({ Authorization: `Bearer ${TOKEN}` }))],
    [
      'in a stream’s insides',
      Object.assign(Readable.from([]), { req: { _header: `GET / HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}` } }),
    ],
  ])('%s', (_, value) => expect(find(value)).not.toEqual([]));

  it('in a request of Node’s, as axios hands it on', async () => {
    const server = await startOtherServer();
    server.answer = { status: 500 };
    const headers = { Authorization: `Bearer ${SECRET}` };
    const error = await axios
      .get(server.url, { headers })
      .catch(({ request, response }: AxiosError) => ({ request, data: response?.data }));
    const streamed = await axios.get(server.url, { headers, responseType: 'stream', validateStatus: null });
    await server.close();
    expect(find(error)).not.toEqual([]);
    expect(find(streamed.data)).not.toEqual([]);
  });
});

it('finds nothing where there is nothing', () => {
  const near = `eyJhbGciOiJSUzI1NiJ9. ${SECRET.slice(0, 20)} ${TOKEN.slice(30, 60)}`;
  expect(find([near, new Error(near, { cause: near }), Buffer.from(near)])).toEqual([]);
});
