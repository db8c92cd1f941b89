import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import axiosRetry from 'axios-retry';
import { isGhlAuthError, type GhlRequest } from '../../../lib/index.js';
import { Backend } from '../../support/backend.js';
import { METHODS, SPENT_BODIES, WEB_STREAM, WHOLE_BODIES, withoutBoundary, type Body } from './support/bodies.js';

/**
 * What becomes of a body. `once`, `twice`: it arrived so often, whole each time, and the caller got the answer. `refused`: it arrived once, whole,
 * and the caller was told that it cannot be sent again. `ghl.body` makes the body anew; `lost` is a connection that breaks off, after
 * which axios-retry sends the request again.
 */
const MATRIX = `
  body                            | good token | first 401 | 401, ghl.body | lost    | lost, ghl.body
  an object                       | once       | twice     | twice         | twice   | twice
  a list                          | once       | twice     | twice         | twice   | twice
  a string                        | once       | twice     | twice         | twice   | twice
  a Buffer                        | once       | twice     | twice         | twice   | twice
  a Uint8Array                    | once       | twice     | twice         | twice   | twice
  an ArrayBuffer                  | once       | twice     | twice         | twice   | twice
  URLSearchParams                 | once       | twice     | twice         | twice   | twice
  a native FormData with a Blob   | once       | twice     | twice         | twice   | twice
  a Blob                          | once       | twice     | twice         | twice   | twice
  an empty string                 | once       | twice     | twice         | twice   | twice
  nothing                         | once       | twice     | twice         | twice   | twice
  a Readable                      | once       | refused   | twice         | refused | twice
  the stream of a generator       | once       | refused   | twice         | refused | twice
  a form of the form-data package | once       | refused   | twice         | refused | twice
  a stream of the web             | once       | refused   | twice         | refused | twice
`;

const [HEAD = [], ...ROWS] = MATRIX.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));
const BODIES = new Map([...WHOLE_BODIES, ...SPENT_BODIES, WEB_STREAM].map((body) => [body.name, body] as const));

let backend: Backend;
beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

/** Who sends. A request names its installation in `ghl`, with each of them. */
type Client = () => Pick<AxiosInstance, 'request'>;

const attached = (retry: 'before' | 'after' | 'never') => (): AxiosInstance => {
  const own = axios.create({ baseURL: backend.baseUrl });
  if (retry === 'before') axiosRetry(own, { retries: 2, retryDelay: () => 0 });
  backend.interceptor.attach(own, { resolve: () => null });
  if (retry === 'after') axiosRetry(own, { retries: 2, retryDelay: () => 0 });
  return own;
};

const CLIENTS: readonly [string, Client, boolean][] = [
  ['the own service', () => backend.axios as Pick<AxiosInstance, 'request'>, false],
  ['an attached axios', attached('never'), false],
  ['an attached axios, with axios-retry registered before', attached('before'), true],
  ['an attached axios, with axios-retry registered after', attached('after'), true],
];

const HANGS = 10_000;

/** Sends a body to a new location. @returns its fate, in the words of the matrix, or what went wrong */
const fateOf = async (client: Client, body: Body, method: string, situation: string): Promise<string> => {
  const { locationId } = await backend.location();
  backend.travel(10_000);
  if (situation.includes('401')) backend.simulator.killAccessToken({ locationId });
  if (situation.includes('lost')) backend.simulator.fault({ match: { path: '/echo' }, do: 'reset' });
  const from = backend.arrived.length;
  const ghl: GhlRequest = situation.includes('ghl.body')
    ? { installation: { locationId }, body: body.make }
    : { locationId };
  // Node sends a DELETE of unknown length in chunks only where it is told to.
  const chunked = method === 'delete' && SPENT_BODIES.includes(body) && { 'transfer-encoding': 'chunked' };
  const config = {
    ...{ method, url: '/echo', data: body.make(), headers: { ...body.headers, ...chunked }, ghl },
    ...(body === WEB_STREAM && { adapter: 'fetch' as const }),
  } as AxiosRequestConfig;
  const end = await within(
    client()
      .request(config)
      .then(
        ({ status }) => (status === 200 ? 'answered' : `status ${status}`),
        (error: unknown) => (isGhlAuthError(error, 'GHL_BODY_NOT_REPLAYABLE') ? 'refused' : String(error)),
      ),
  );
  const arrived = backend.arrived.slice(from).filter(({ path }) => path === '/echo');
  const broken = arrived.filter(
    (request) =>
      !body.contentType.test(request.headers['content-type'] ?? '') || !withoutBoundary(request).equals(body.bytes),
  );
  if (broken.length > 0) return `${end}, and arrived with ${broken.map((one) => one.body.length).join(' and ')} bytes`;
  if (end === 'answered') return ['never', 'once', 'twice'][arrived.length] ?? `${arrived.length} times`;
  return arrived.length === 1 ? end : `${end}, and arrived ${arrived.length} times`;
};

const within = async (work: Promise<string>): Promise<string> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('hangs'), HANGS)));
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
};

it('the matrix has every body', () => {
  expect(ROWS.map(([name]) => name).sort()).toEqual([...BODIES.keys()].sort());
  expect(ROWS.every((row) => row.length === HEAD.length)).toBe(true);
});

describe.each(CLIENTS)('%s', (_, client, isRetrying) => {
  const situations = HEAD.slice(1).filter((situation) => isRetrying || !situation.includes('lost'));
  const cells = ROWS.flatMap(([name = '', ...fates]) =>
    situations.map((situation) => [name, situation, fates[HEAD.indexOf(situation) - 1] ?? ''] as const),
  );

  it.each(cells)('%s (%s): %s', async (name, situation, fate) => {
    expect(await fateOf(client, BODIES.get(name) as Body, 'post', situation)).toBe(fate);
  });
});

describe.each(METHODS.filter((method) => method !== 'post'))('the own service, with %s', (method) => {
  const [, client] = CLIENTS[0] as (typeof CLIENTS)[number];
  const rows = ROWS.filter(([name]) => name !== WEB_STREAM.name);

  it.each(rows)('%s: %s with a good token, %s after a 401, %s with ghl.body', async (name = '', ...fates) => {
    for (const [index, situation] of HEAD.slice(1, 4).entries()) {
      expect([situation, await fateOf(client, BODIES.get(name) as Body, method, situation)]).toEqual([
        situation,
        fates[index],
      ]);
    }
  });
});

it('an installation is recovered although the body of the request cannot be sent again', async () => {
  const { locationId } = await backend.locationWithDeadToken();
  const [body] = SPENT_BODIES as readonly [Body];
  const sending = backend.axios.post('/echo', body.make(), { ghl: { locationId } });
  await expect(sending).rejects.toMatchObject({ retryable: true, installation: { locationId } });
  const { result, ledger } = await backend.during(() => backend.axios.get('/echo', { ghl: { locationId } }));
  expect(result.status).toBe(200);
  expect(ledger.entries).toHaveLength(1);
});
