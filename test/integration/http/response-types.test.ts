import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AxiosAdapter, AxiosRequestConfig, AxiosResponse, ResponseType } from 'axios';
import { firstValueFrom } from 'rxjs';
import type { FaultAction } from '../../../lib/testing.js';
import { Backend } from '../../support/backend.js';

let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

/** An answer's data as text, whatever its type. */
const textOf = async (data: unknown): Promise<string> => {
  if (data instanceof Readable) return text(data);
  if (data instanceof ReadableStream || data instanceof Blob) return new Response(data as Blob).text();
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString();
  return typeof data === 'string' ? data : JSON.stringify(data);
};

const TYPES: readonly (readonly [string, AxiosRequestConfig])[] = (
  ['json', 'text', 'arraybuffer', 'stream', 'blob'] as readonly ResponseType[]
).flatMap((responseType) => [
  [`responseType: ${responseType}`, { responseType }] as const,
  [`responseType: ${responseType}, adapter: fetch`, { responseType, adapter: 'fetch' }] as const,
]);

/** Bytes without end, a piece at each turn of the event loop. */
const endless = (): Readable => {
  const source: Readable = new Readable({ read: () => setImmediate(() => source.push(Buffer.alloc(20_000, '{'))) });
  return source;
};

const answering =
  (status: number, data: Readable): AxiosAdapter =>
  (config) =>
    Promise.resolve({ data, status, statusText: '', headers: {}, config });

const refusal = (message: string): FaultAction => ({ status: 401, body: { statusCode: 401, message } });

describe.each(TYPES)('%s', (_, config) => {
  it('does not hide a 401 that a new token repairs', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const mark = backend.ledger.mark();
    const { data, status } = await backend.axios.get<unknown>('/echo', { ...config, ghl: { locationId } });
    expect([status, JSON.parse(await textOf(data))]).toEqual([200, expect.objectContaining({ method: 'GET' })]);
    expect(backend.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });

  it('does not take a 401 that no token repairs from the caller', async () => {
    const { locationId } = await backend.location();
    backend.travel(10_000);
    const mark = backend.ledger.mark();
    for (const validateStatus of [undefined, () => true]) {
      backend.simulator.forceApiAnswer(refusal('The token is not authorized for this scope.'), { times: 1 });
      const ghl = { locationId };
      const sending = backend.axios.get<unknown>('/echo', {
        ...config,
        ghl,
        ...(validateStatus && { validateStatus }),
      });
      const response = await sending.catch((error: { cause: unknown; response: AxiosResponse<unknown> }) => {
        expect(error.cause).toMatchObject({ code: 'GHL_SCOPE_MISSING' });
        return error.response;
      });
      expect(response.status).toBe(401);
      expect(await textOf(response.data)).toBe(
        '{"statusCode":401,"message":"The token is not authorized for this scope."}',
      );
    }
    expect(backend.ledger.since(mark).entries).toHaveLength(2);
  });
});

describe('responseType: stream', () => {
  let locationId: string;
  const streamed = (path = '/echo', config: AxiosRequestConfig = {}) =>
    backend.axios.get<Readable>(path, { responseType: 'stream', ...config, ghl: { locationId } });
  const answerWith = (action: FaultAction) => backend.simulator.forceApiAnswer(action, { times: 1 });

  beforeAll(async () => ({ locationId } = await backend.location()));

  it('works in observable style', async () => {
    const dead = await backend.locationWithDeadToken();
    const config = { responseType: 'stream', ghl: { locationId: dead.locationId } } as const;
    const { data } = await firstValueFrom(backend.http.get<Readable>('/echo', config));
    expect(JSON.parse(await text(data))).toMatchObject({ place: `location:${dead.locationId}` });
  });

  it('hands on large answers piece by piece and whole', async () => {
    const body = 'Größe '.repeat(400_000);
    answerWith({ status: 200, body });
    const { data } = await streamed();
    expect(data.readableLength).toBeLessThan(1_000_000);
    expect((await text(data)) === body).toBe(true);
  });

  it('hands on a large refusal whole, from its first byte', async () => {
    const body = `{"message":"The token is not authorized for this scope.","padding":"${'ß'.repeat(300_000)}"}`;
    answerWith({ status: 401, body });
    const { data } = await streamed('/echo', { validateStatus: null });
    expect((await text(data)) === body).toBe(true);
  });

  it('hands on an empty answer', async () => {
    answerWith({ status: 204, body: '' });
    expect(await text((await streamed()).data)).toBe('');
    answerWith({ status: 403, body: '' });
    expect(await text((await streamed('/echo', { validateStatus: null })).data)).toBe('');
  });

  it.each([
    ['before the first byte', 200, undefined],
    ['after it', 200, 'first'],
    ['after a refusal', 403, 'first'],
  ])('closes the connection of a reader who goes away %s', async (_, status, read) => {
    const source = endless();
    const { data } = await streamed('/echo', { adapter: answering(status, source), validateStatus: null });
    if (read !== undefined) await once(data, 'data');
    data.destroy();
    await once(data, 'close');
    expect(source.destroyed).toBe(true);
  });

  it('closes the connection of a 401 that is not handed on: after a replay, and after a recovery that failed', async () => {
    for (const mode of ['available', 'removed'] as const) {
      const dead = await backend.locationWithDeadToken();
      if (mode === 'removed') backend.simulator.killRefreshToken(dead);
      backend.simulator.setReconnect(mode, { place: dead });
      const refused = endless();
      const sources = [refused, Readable.from(['done'])];
      const adapter: AxiosAdapter = (config) =>
        answering(sources.length === 2 ? 401 : 200, sources.shift() as Readable)(config);
      const sending = backend.axios.get('/echo', {
        responseType: 'stream',
        adapter,
        ghl: { locationId: dead.locationId },
      });
      if (mode === 'available') await expect(sending).resolves.toMatchObject({ status: 200 });
      else await expect(sending).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
      expect(refused.destroyed).toBe(true);
    }
  });

  it('tells the reader when the answer breaks off', async () => {
    const source = endless();
    const { data } = await streamed('/echo', { adapter: answering(200, source) });
    data.once('data', () => source.destroy(new Error('the line is dead')));
    await expect(text(data)).rejects.toThrow('the line is dead');
  });

  it('ends a reader’s stream when the request is cancelled', async () => {
    answerWith({ status: 200, body: 'x'.repeat(5_000_000) });
    const controller = new AbortController();
    const { data } = await streamed('/echo', { signal: controller.signal });
    data.once('data', () => controller.abort());
    await expect(text(data)).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  });

  it('keeps to maxContentLength', async () => {
    answerWith({ status: 200, body: 'x'.repeat(5_000_000) });
    const { data } = await streamed('/echo', { maxContentLength: 100_000 });
    await expect(text(data)).rejects.toMatchObject({ code: 'ERR_BAD_RESPONSE' });
  });

  it('rejects as cancelled when the caller goes away while a 401 is being read', async () => {
    const controller = new AbortController();
    const stalling = new Readable({ read: () => setImmediate(() => controller.abort()) });
    const adapter: AxiosAdapter = (config) => {
      config.signal?.addEventListener?.('abort', () => stalling.destroy(new Error('cut off')));
      return answering(401, stalling)(config);
    };
    await expect(streamed('/echo', { adapter, signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_CANCELED',
    });
  });
});
