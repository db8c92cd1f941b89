import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { Backend } from '../../support/backend.js';

describe('interceptors of the host', () => {
  let backend: Backend;
  let locationId: string;

  beforeEach(async () => {
    backend = await Backend.start();
    ({ locationId } = await backend.locationWithDeadToken());
    backend.arrived.length = 0;
  });
  afterEach(() => backend.close());

  const api = () => backend.arrived.filter(({ path }) => !path.startsWith('/oauth'));

  it('may change url, headers and body: both attempts are what they made of it', async () => {
    backend.axios.interceptors.request.use(async (config) => {
      await Promise.resolve();
      config.url = '/echo';
      config.headers.set({ 'X-Mine': 'yes', Version: '2023-02-21' });
      config.data = { wrapped: config.data as unknown };
      return config;
    });
    await expect(backend.axios.post('/nowhere', { a: 1 }, { ghl: { locationId } })).resolves.toMatchObject({
      status: 200,
    });
    expect(api()).toHaveLength(2);
    for (const { path, headers, body } of api()) {
      expect([path, headers['x-mine'], headers['version'], body.toString()]).toEqual([
        '/echo',
        'yes',
        '2023-02-21',
        '{"wrapped":{"a":1}}',
      ]);
    }
  });

  it('run once per request, however many attempts it takes', async () => {
    const ran: string[] = [];
    backend.axios.interceptors.request.use((config) => (ran.push('request'), config), null, { synchronous: true });
    backend.axios.interceptors.response.use((response) => (ran.push(`response ${response.status}`), response));
    await firstValueFrom(backend.http.get('/echo', { ghl: { locationId } }));
    expect(ran).toEqual(['request', 'response 200']);
    expect(api()).toHaveLength(2);
  });

  it('run once for a refusal that no token repairs, and see axios’ own error', async () => {
    const seen: AxiosError[] = [];
    backend.axios.interceptors.response.use(null, (error: AxiosError) => {
      seen.push(error);
      throw error;
    });
    backend.simulator.forceApiAnswer('scopeMissing', { times: 1 });
    const error: unknown = await backend.axios.get('/echo', { ghl: { locationId } }).catch((thrown: unknown) => thrown);
    expect(seen[0]).toBe(error);
    expect(seen).toMatchObject([
      { isAxiosError: true, response: { status: 401 }, cause: { code: 'GHL_SCOPE_MISSING' } },
    ]);
  });

  it('may choose the installation', async () => {
    backend.axios.interceptors.request.use((config) => Object.assign(config, { ghl: { locationId } }));
    await expect(backend.axios.get('/echo')).resolves.toMatchObject({ status: 200 });
  });

  it('may choose the adapter: it is put underneath', async () => {
    let used = 0;
    backend.axios.interceptors.request.use((config) => {
      config.adapter = (final) => ((used += 1), axios.getAdapter('fetch')(final));
      return config;
    });
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    expect(used).toBe(2);
  });

  it('may send a failed request again from its config', async () => {
    backend.simulator.forceApiAnswer({ status: 503 }, { times: 2 });
    backend.axios.interceptors.response.use(null, (error: AxiosError) =>
      backend.axios.request(error.config as InternalAxiosRequestConfig & { ghl: { locationId: string } }),
    );
    await expect(backend.axios.post('/echo', { a: 1 }, { ghl: { locationId } })).resolves.toMatchObject({
      status: 200,
    });
    expect(api().map(({ body }) => body.toString())).toEqual(Array(4).fill('{"a":1}'));
    const adapter = (config: InternalAxiosRequestConfig) => axios.getAdapter('http')(config);
    backend.simulator.forceApiAnswer({ status: 503 }, { times: 2 });
    await expect(backend.axios.post('/echo', {}, { ghl: { locationId }, adapter })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('never see the token', async () => {
    const seen: unknown[] = [];
    backend.axios.interceptors.request.use((config) => (seen.push(config), config));
    backend.axios.interceptors.response.use(
      (response) => (seen.push(response.config), response),
      (error: AxiosError) => {
        seen.push(error.config);
        throw error;
      },
    );
    await backend.axios.get('/echo', { ghl: { locationId } });
    await backend.axios.get('/nowhere', { ghl: { locationId } }).catch(() => undefined);
    expect(seen).toHaveLength(4);
    expect(JSON.stringify(seen)).not.toContain('Bearer');
  });

  it('work on an instance that is made of this one', async () => {
    const child = backend.axios.create({ headers: { 'X-Child': 'yes' } });
    const ghl = { locationId };
    await expect(child.get('/echo', { ghl } as object)).resolves.toMatchObject({ status: 200 });
    expect(api().map(({ headers }) => headers['x-child'])).toEqual(['yes', 'yes']);
    await expect(child.get('/echo')).rejects.toMatchObject({ code: 'GHL_REF_MISSING' });
  });
});
