import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import axios, { type AxiosInstance } from 'axios';
import axiosRetry from 'axios-retry';
import { Readable } from 'node:stream';
import { isGhlAuthError, type GhlRequest } from '../../../lib/index.js';
import { Backend, sha256 } from '../../support/backend.js';

interface Echo {
  readonly bytes: number;
  readonly sha256: string;
}

describe("the module attached to the host's own axios", () => {
  let backend: Backend;
  let own: AxiosInstance;
  let place: { locationId: string; companyId: string };
  let resolved: GhlRequest | null | undefined;
  beforeEach(async () => {
    backend = await Backend.start();
    place = await backend.locationWithDeadToken();
    own = axios.create({ baseURL: backend.baseUrl });
    resolved = { locationId: place.locationId };
  });
  afterEach(() => backend.close());

  const attach = (): (() => void) => backend.interceptor.attach(own, { resolve: () => resolved });
  const list = (): Promise<number> =>
    own.get('/contacts/', { params: { locationId: place.locationId } }).then(({ status }) => status);

  it('recovers from a 401 and replays once, also for a hundred requests at once', async () => {
    attach();
    const { result, ledger } = await backend.during(() => Promise.all(Array.from({ length: 100 }, list)));
    expect(new Set(result)).toEqual(new Set([200]));
    expect(ledger.tokenCalls(place)).toHaveLength(1);
  });

  it('attaches once, however often it is asked to', async () => {
    expect(attach()).toBe(attach());
    const { ledger } = await backend.during(list);
    expect(ledger.apiCalls()).toHaveLength(2);
  });

  it('is detached again by what attach() returned', async () => {
    const before = own.defaults.adapter;
    attach()();
    expect(own.defaults.adapter).toBe(before);
    await expect(list()).rejects.toMatchObject({ response: { status: 401 } });
    expect(backend.arrived.at(-1)?.headers['authorization']).toBeUndefined();
    attach();
    expect(await list()).toBe(200);
  });

  it.each([null, undefined, false] as const)(
    'lets a request through untouched for which resolve() answers %s',
    async (nobody) => {
      resolved = nobody;
      attach();
      await expect(own.get('/contacts/')).rejects.toMatchObject({ response: { status: 401 } });
      expect(backend.arrived.at(-1)?.headers).not.toHaveProperty('authorization');
      expect(backend.arrived.at(-1)?.headers).not.toHaveProperty('version');
    },
  );

  it('fails that request alone, typed, for which resolve() throws or answers nonsense', async () => {
    let answer: () => GhlRequest = () => {
      throw new Error('no tenant in this request');
    };
    backend.interceptor.attach(own, { resolve: () => answer() });
    await expect(list()).rejects.toMatchObject({
      code: 'GHL_REF_INVALID',
      message: expect.stringContaining('resolve()'),
    });
    answer = () => ({ locationId: 42 }) as never;
    await expect(list()).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    answer = () => ({ locationId: place.locationId });
    expect(await list()).toBe(200);
  });

  it('prefers what a request says itself', async () => {
    resolved = { locationId: 'another' };
    attach();
    const config = { params: { locationId: place.locationId }, ghl: { locationId: place.locationId } };
    expect((await own.get('/contacts/', config)).status).toBe(200);
  });

  it.each([
    ['no resolve', () => backend.interceptor.attach(own, {} as never)],
    ['no instance', () => backend.interceptor.attach({} as never, { resolve: () => null })],
  ])('says at the call what is wrong: %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'GHL_CONFIG_INVALID' }));
  });

  describe.each(['before', 'after'] as const)('with interceptors and axios-retry put on %s it', (order) => {
    it('runs each interceptor once per request, and replays once', async () => {
      let requests = 0;
      let responses = 0;
      const others = (): void => {
        own.interceptors.request.use((config) => ((requests += 1), config));
        own.interceptors.response.use((response) => ((responses += 1), response));
        axiosRetry(own, { retries: 2, retryDelay: () => 0 });
      };
      if (order === 'before') others();
      attach();
      if (order === 'after') others();
      expect(await list()).toBe(200);
      expect({ requests, responses }).toEqual({ requests: 1, responses: 1 });
    });

    it('is retried after a replay that failed, and not replayed a second time', async () => {
      const retry = (): void =>
        axiosRetry(own, {
          retries: 3,
          retryDelay: () => 0,
          retryCondition: ({ response }) => (response?.status ?? 0) >= 401,
        }) as never;
      if (order === 'before') retry();
      attach();
      if (order === 'after') retry();
      backend.simulator.forceApiAnswer('invalidJwt', { place });
      const { result, ledger } = await backend.during(() =>
        list().catch((error: { response: { status: number } }) => error.response.status),
      );
      expect(result).toBe(401);
      expect(ledger.tokenCalls()).toHaveLength(1);
      expect(ledger.apiCalls(place)).toHaveLength(5);
    });
  });

  describe.each(['alone', 'with axios-retry'] as const)('a body, %s,', (company) => {
    beforeEach(() => {
      if (company === 'with axios-retry') axiosRetry(own, { retries: 2, retryDelay: () => 0 });
      attach();
    });
    const text = 'whole '.repeat(5_000);

    it.each([
      ['an object', () => ({ text }), JSON.stringify({ text })],
      ['a string', () => text, text],
      ['a Buffer', () => Buffer.from(text), text],
      ['a form', () => new URLSearchParams({ text }), new URLSearchParams({ text }).toString()],
    ])('arrives whole twice: %s', async (_, make, expected) => {
      const { data } = await own.post<Echo>('/echo', make());
      expect(data).toMatchObject({ bytes: expected.length, sha256: sha256(expected) });
    });

    it('that is a stream is refused instead of being sent empty', async () => {
      const error: unknown = await own.post('/echo', Readable.from([text])).catch((thrown: unknown) => thrown);
      expect(isGhlAuthError(error, 'GHL_BODY_NOT_REPLAYABLE')).toBe(true);
    });

    it('that is a stream is made again by the factory', async () => {
      resolved = { installation: place, body: () => Readable.from([text]) };
      const { data } = await own.post<Echo>('/echo', Readable.from([text]));
      expect(data).toMatchObject({ bytes: text.length, sha256: sha256(text) });
    });
  });
});
