import { PassThrough, Readable, type Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AxiosError, AxiosRequestConfig, AxiosResponse } from 'axios';
import { Backend, sha256 } from '../../support/backend.js';
import { SecretSearch } from './support/secret-search.js';

/**
 * A stream that has been piped somewhere shows where to. axios pipes the caller's into the request that carries the token, and that
 * stayed so after the answer: whoever printed an answer or error of an upload, deeply enough, printed the token.
 */
let backend: Backend;
beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

const large = (): Buffer => Buffer.alloc(3_000_000, 'abcdefghij');
const inChunks = (): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < 300; at += 1) yield large().subarray(at * 10_000, (at + 1) * 10_000);
    })(),
  );

const WAYS: readonly (readonly [string, AxiosRequestConfig])[] = [
  ['as it is', {}],
  ['without redirects', { maxRedirects: 0 }],
  ['with its progress told', { onUploadProgress: () => undefined }],
  ['over fetch', { adapter: 'fetch' }],
];

const post = async (data: unknown, config: AxiosRequestConfig): Promise<AxiosResponse | AxiosError> => {
  const { locationId } = await backend.location();
  const headers = { 'content-type': 'application/octet-stream' };
  return backend.axios
    .post<unknown>('/echo', data, { maxBodyLength: Infinity, ...config, headers, ghl: { locationId } })
    .catch((error: unknown) => error as AxiosError);
};

const leaksIn = (where: string, value: unknown) =>
  new SecretSearch(backend.simulator.secrets()).through(where, value).leaks;

describe.each(WAYS)('a stream that is uploaded %s', (_, config) => {
  it('arrives whole, and shows nothing of the request that took it', async () => {
    const before = backend.arrived.length;
    const body = inChunks();
    const outcome = await post(body, config);
    expect(outcome).toMatchObject({ status: 200 });
    const arrived = backend.arrived.slice(before).filter(({ path }) => path === '/echo');
    expect(arrived.map((request) => sha256(request.body))).toEqual([sha256(large())]);
    expect(leaksIn('config', outcome.config)).toEqual([]);
    expect(inspect(body, { depth: Infinity, showHidden: true })).not.toContain('Bearer');
    expect(Object.hasOwn(body, 'pipe')).toBe(false);
  });

  it('shows nothing either while it goes on after the answer', async () => {
    const open: Duplex = new PassThrough();
    open.write('abc');
    backend.simulator.fault({ match: { path: '/echo' }, do: { status: 503 } });
    const ending = setTimeout(() => open.end(), 50);
    const outcome = await post(open, config);
    clearTimeout(ending);
    expect(leaksIn('error', outcome)).toEqual([]);
    open.destroy();
  });
});
