import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios, { type AxiosStatic } from 'axios';
import type { GhlRequest } from '../../../lib/index.js';
import { Backend } from '../../support/backend.js';

/** The CommonJS copy, as a backend in CommonJS has it beside the ES module that others of its packages load. */
const other = createRequire(import.meta.url)('axios') as AxiosStatic;

let backend: Backend;
beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

describe('another copy of axios in the same process', () => {
  it('is another one', () => expect(other.AxiosHeaders).not.toBe(axios.AxiosHeaders));

  it('may be attached to: recovered, replayed, cancelled and refused as ever', async () => {
    let ghl: GhlRequest = await backend.locationWithDeadToken();
    const own = other.create({ baseURL: backend.baseUrl });
    backend.interceptor.attach(own, { resolve: () => ghl });
    await expect(own.post('/echo', { a: 1 })).resolves.toMatchObject({ status: 200, data: { bytes: 7 } });
    ghl = await backend.locationWithDeadToken();
    const { data } = await own.post<Readable>('/echo', { a: 1 }, { responseType: 'stream' });
    expect(JSON.parse(await text(data))).toMatchObject({ bytes: 7 });
    backend.simulator.forceApiAnswer('scopeMissing', { times: 1 });
    const error: unknown = await own.get('/echo').catch((thrown: unknown) => thrown);
    expect(other.isAxiosError(error)).toBe(true);
    expect(error).toMatchObject({ response: { status: 401 }, cause: { code: 'GHL_SCOPE_MISSING' } });
    const { token, cancel } = other.CancelToken.source();
    backend.travel(86_400_000);
    const waiting = own.get('/echo', { cancelToken: token }).catch((thrown: unknown) => thrown);
    cancel('enough');
    expect(other.isCancel(await waiting)).toBe(true);
  });

  it('may bring the adapter of a request', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const adapter = other.getAdapter('http');
    const answer = await backend.axios.post('/echo', { a: 1 }, { adapter, ghl: { locationId } });
    expect(answer).toMatchObject({ status: 200, data: { bytes: 7 } });
  });
});
