import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { firstValueFrom } from 'rxjs';
import type { GhlRequest } from '../../../lib/index.js';
import { Backend } from '../../support/backend.js';

describe('a request of an installation', () => {
  let backend: Backend;
  let locationId: string;

  beforeAll(async () => {
    backend = await Backend.start();
    ({ locationId } = await backend.location());
  });
  afterAll(() => backend.close());

  const sent = () => backend.arrived.at(-1)?.headers;

  it.each(['get', 'delete', 'head', 'options'] as const)('carries token and Version: %s', async (method) => {
    await backend.axios[method]('/echo', { ghl: { locationId } }).catch(() => undefined);
    const token = await backend.tokens.getAccessToken({ locationId });
    expect(sent()).toMatchObject({ authorization: `Bearer ${token}`, version: '2021-07-28' });
  });

  it.each(['post', 'put', 'patch', 'postForm', 'putForm', 'patchForm'] as const)(
    'carries token and Version, promise and observable style: %s',
    async (method) => {
      const token = await backend.tokens.getAccessToken({ locationId });
      for (const style of ['promise', 'observable']) {
        const config = { ghl: { locationId } };
        const answer =
          style === 'promise'
            ? await backend.axios[method]('/echo', { a: 1 }, config)
            : await firstValueFrom(backend.http[method]('/echo', { a: 1 }, config));
        expect(answer.status).toBe(200);
        expect(sent()).toMatchObject({ authorization: `Bearer ${token}`, version: '2021-07-28' });
      }
    },
  );

  it('carries its own token, whoever asks at the same time', async () => {
    const places = [...(await backend.locations(3)), await backend.company()];
    const mark = backend.ledger.mark();
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const { companyId, ...place } = places[i % places.length] as { companyId: string; locationId?: string };
        const ghl = place.locationId === undefined ? { companyId } : { locationId: place.locationId, companyId };
        return backend.axios.get('/echo', { ghl });
      }),
    );
    const calls = backend.ledger.since(mark).apiCalls();
    expect(new Set(calls.map(({ bearerPlace }) => bearerPlace)).size).toBe(4);
    expect(calls.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(backend.ledger.crossed()).toEqual([]);
  });

  it('carries the Version that it asks for', async () => {
    await backend.axios.get('/echo', { ghl: { installation: { locationId }, apiVersion: '2021-04-15' } });
    expect(sent()?.['version']).toBe('2021-04-15');
  });

  it('carries the Version that was set by hand', async () => {
    const ghl = { installation: { locationId }, apiVersion: '2021-04-15' };
    await backend.axios.get('/echo', { ghl, headers: { version: 'v3' } });
    expect(sent()?.['version']).toBe('v3');
  });

  it('carries an Authorization that was set by hand as it is, and is left alone', async () => {
    const { ledger } = await backend.during(async () => {
      const headers = { authorization: 'Bearer of-my-own' };
      const answer = backend.axios.get('/echo', { ghl: { locationId }, headers });
      await expect(answer).rejects.toMatchObject({
        response: { status: 401 },
        config: { headers: { authorization: 'Bearer of-my-own' } },
      });
    });
    expect(sent()?.['authorization']).toBe('Bearer of-my-own');
    expect(ledger.entries).toHaveLength(1);
  });

  it('carries the user and password that were set by hand as they are, and is left alone', async () => {
    const { ledger } = await backend.during(async () => {
      const auth = { username: 'me', password: 'mine' };
      await expect(backend.axios.get('/echo', { ghl: { locationId }, auth })).rejects.toMatchObject({
        response: { status: 401 },
      });
    });
    expect(sent()?.['authorization']).toBe(`Basic ${Buffer.from('me:mine').toString('base64')}`);
    expect(ledger.entries).toHaveLength(1);
  });

  it('carries nothing with ghl: false', async () => {
    await expect(backend.axios.get('/echo', { ghl: false })).rejects.toMatchObject({ response: { status: 401 } });
    expect(sent()).not.toHaveProperty('authorization');
    expect(sent()).not.toHaveProperty('version');
  });
});

describe('a request that does not say for whom it is made', () => {
  let backend: Backend;

  beforeAll(async () => (backend = await Backend.start()));
  afterAll(() => backend.close());

  it('is refused, and nothing is sent', async () => {
    await expect(backend.axios.get('/echo')).rejects.toMatchObject({ code: 'GHL_REF_MISSING' });
    await expect(backend.axios.post('/echo', {})).rejects.toMatchObject({ code: 'GHL_REF_MISSING' });
    const untyped = { ghl: undefined } as unknown as { ghl: false };
    await expect(firstValueFrom(backend.http.get('/echo', untyped))).rejects.toMatchObject({ code: 'GHL_REF_MISSING' });
    expect(backend.arrived).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a location that is undefined beside a company', { locationId: undefined, companyId: 'x' }],
    ['the same among further options', { installation: { locationId: undefined, companyId: 'x' } }],
    ['nobody', {}],
    ['nobody, among further options', { installation: undefined }],
    ['an empty id', { locationId: '' }],
    ['an id with a slash', { locationId: 'a/b' }],
    ['an id that is too long', { companyId: 'x'.repeat(65) }],
    ['an id that is a number', { locationId: 5 }],
    ['an id that is an object', { locationId: { $ne: null } }],
    ['a company that is null', { companyId: null }],
    ['a string', 'location'],
    ['true', true],
    ['a list', [{ locationId: 'x' }]],
    ['two installations', { installation: { locationId: 'x' }, companyId: 'y' }],
  ])('is refused where it names %s', async (_, ghl) => {
    const config = { ghl: ghl as GhlRequest };
    await expect(backend.axios.get('/echo', config)).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    await expect(firstValueFrom(backend.http.get('/echo', config))).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    expect(backend.arrived).toEqual([]);
  });
});

describe('credentials that the host has given the axios of the whole process', () => {
  const { headers } = axios.defaults;
  afterAll(() => {
    delete headers.common['Authorization'];
    delete (headers as Record<string, unknown>)['authorization'];
    delete axios.defaults.auth;
  });

  it('are none for HighLevel', async () => {
    headers.common['Authorization'] = 'Bearer of-another-api';
    (headers as Record<string, unknown>)['authorization'] = 'Bearer of-another-api';
    axios.defaults.auth = { username: 'of', password: 'another-api' };
    const backend = await Backend.start();
    const { locationId } = await backend.location();
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    const foreign = backend.arrived.filter(({ headers: sent }) => !sent['authorization']?.startsWith('Bearer ey'));
    expect(foreign.map(({ path, headers: sent }) => [path, sent['authorization']])).toEqual([
      ['/oauth/token', undefined],
    ]);
    await backend.close();
  });
});
