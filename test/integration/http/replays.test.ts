import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios, { type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { Backend } from '../../support/backend.js';

let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

const calls = (from: number) => backend.ledger.since(from);

describe('a 401 that a new token repairs', () => {
  it.each(['get', 'delete', 'head'] as const)(
    'is repaired and replayed once, promise and observable style: %s',
    async (method) => {
      for (const style of ['promise', 'observable']) {
        const { locationId } = await backend.locationWithDeadToken();
        const mark = backend.ledger.mark();
        const config = { ghl: { locationId } };
        const { status } =
          style === 'promise'
            ? await backend.axios[method]('/echo', config)
            : await firstValueFrom(backend.http[method]('/echo', config));
        expect(status).toBe(200);
        expect(calls(mark).tokenCalls()).toHaveLength(1);
        expect(
          calls(mark)
            .apiCalls()
            .map(({ status: answered }) => answered),
        ).toEqual([401, 200]);
      }
    },
  );

  it.each([
    ['Invalid JWT', 'invalidJwt'],
    ['Invalid token: access token is invalid', 'accessTokenInvalid'],
  ] as const)('says %s', async (_, answer) => {
    const { locationId } = await backend.location();
    backend.travel(10_000);
    const mark = backend.ledger.mark();
    backend.simulator.forceApiAnswer(answer, { times: 1 });
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    expect(calls(mark).tokenCalls()).toHaveLength(1);
  });

  it.each<[string, Partial<InternalAxiosRequestConfig>]>([
    ['a validateStatus that lets everything pass', { validateStatus: () => true }],
    ['no validateStatus', { validateStatus: null }],
    ['maxRedirects: 0', { maxRedirects: 0 }],
    ['adapter: fetch', { adapter: 'fetch' }],
    ['adapters to choose from', { adapter: ['xhr', 'http'] }],
    ['an adapter of the caller', { adapter: (config) => axios.getAdapter('http')(config) }],
    ['decompress: false', { decompress: false }],
    ['a timeout', { timeout: 2_000 }],
    [
      'a baseURL with a slash at its end',
      {
        get baseURL() {
          return `${backend.baseUrl}/`;
        },
      },
    ],
    [
      'an absolute URL',
      {
        get url() {
          return `${backend.baseUrl}/echo?a=b`;
        },
      },
    ],
    ['parameters', { params: { a: 'b' } }],
  ])('is repaired with %s', async (_, config) => {
    const { locationId } = await backend.locationWithDeadToken();
    const mark = backend.ledger.mark();
    const answer = await backend.axios.request({ url: '/echo', ...(config as object), ghl: { locationId } });
    expect(answer.status).toBe(200);
    expect(calls(mark).tokenCalls()).toHaveLength(1);
    expect(
      calls(mark)
        .apiCalls()
        .map(({ status, path }) => [status, path]),
    ).toEqual([
      [401, '/echo'],
      [200, '/echo'],
    ]);
  });

  it('is repaired but not replayed where the caller does not want that', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const ghl = { installation: { locationId }, replay: false };
    const mark = backend.ledger.mark();
    await expect(backend.axios.get('/echo', { ghl })).rejects.toMatchObject({
      response: { status: 401, data: { message: 'Invalid JWT' } },
    });
    await expect(backend.axios.get('/echo', { ghl })).resolves.toMatchObject({ status: 200 });
    expect(calls(mark).tokenCalls()).toHaveLength(1);
    expect(calls(mark).apiCalls()).toHaveLength(2);
  });

  it('is the caller’s where the replay gets it too, and is not repaired twice', async () => {
    const { locationId } = await backend.location();
    backend.travel(10_000);
    const mark = backend.ledger.mark();
    const forced = backend.simulator.forceApiAnswer('invalidJwt');
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).rejects.toMatchObject({
      isAxiosError: true,
      response: { status: 401, data: { message: 'Invalid JWT' } },
    });
    forced.end();
    expect(calls(mark).apiCalls()).toHaveLength(2);
    expect(calls(mark).tokenCalls()).toHaveLength(1);
  });

  it('is explained where the replay gets one that no token repairs', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    backend.simulator.fault({
      match: { path: '/echo', when: ({ headers }) => headers['x-second'] === 'yes' },
      do: { answer: 'scopeMissing' },
    });
    let attempts = 0;
    const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
      if (++attempts === 2) config.headers.set('X-Second', 'yes');
      return axios.getAdapter('http')(config);
    };
    await expect(backend.axios.get('/echo', { ghl: { locationId }, adapter })).rejects.toMatchObject({
      response: { status: 401 },
      cause: { code: 'GHL_SCOPE_MISSING' },
    });
  });

  it('on a token that is seconds old is tried again a moment later with the same one', async () => {
    const { locationId } = await backend.location();
    const mark = backend.ledger.mark();
    backend.simulator.forceApiAnswer('invalidJwt', { times: 1 });
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    expect(calls(mark).tokenCalls()).toEqual([]);
    expect(calls(mark).apiCalls()).toHaveLength(2);
  });

  it('is repaired through every rung: refresh, mint, reconnect', async () => {
    const { locationId, companyId } = await backend.location();
    backend.travel(10_000);
    backend.simulator.invalidateAll({ locationId });
    const mark = backend.ledger.mark();
    await expect(backend.axios.get('/echo', { ghl: { locationId, companyId } })).resolves.toMatchObject({
      status: 200,
    });
    expect(
      calls(mark)
        .credentialCalls()
        .map(({ endpoint }) => endpoint),
    ).toEqual(['token', 'reconnect', 'token']);
  });
});
