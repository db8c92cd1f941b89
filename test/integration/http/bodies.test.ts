import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GhlRequest } from '../../../lib/index.js';
import { Backend, sha256 } from '../../support/backend.js';
import { METHODS, SPENT_BODIES, WHOLE_BODIES, withoutBoundary, type Body } from './support/bodies.js';

interface Echo {
  readonly bytes: number;
  readonly sha256: string;
}

let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

/** A location, and what arrives of a body that is sent with its token. */
const sendWith = async (isDead: boolean, method: string, body: Body, ghlOf: (locationId: string) => GhlRequest) => {
  const { locationId } = await backend.location();
  backend.travel(10_000);
  if (isDead) backend.simulator.killAccessToken({ locationId });
  const before = backend.arrived.length;
  // Node sends a DELETE of unknown length in chunks only where it is told to.
  const isUnframed = method === 'delete' && SPENT_BODIES.includes(body);
  const headers = isUnframed ? { ...body.headers, 'transfer-encoding': 'chunked' } : body.headers;
  const config = { method, url: '/echo', data: body.make(), ghl: ghlOf(locationId), ...(headers && { headers }) };
  const sending = backend.axios.request<Echo>(config);
  const arrived = () => backend.arrived.slice(before).filter(({ path }) => path === '/echo');
  return { sending, arrived, locationId };
};

const expectWhole = (arrived: ReturnType<Awaited<ReturnType<typeof sendWith>>['arrived']>, body: Body): void => {
  for (const request of arrived) {
    expect(request.headers['content-type'] ?? '').toMatch(body.contentType);
    expect(withoutBoundary(request).equals(body.bytes)).toBe(true);
  }
};

const rows = (bodies: readonly Body[]) =>
  METHODS.flatMap((method) => bodies.map((body) => [method, body.name, body] as const));

describe.each([
  ['a token that is good', false],
  ['a first answer of 401', true],
])('with %s', (_, isDead) => {
  it.each(rows(WHOLE_BODIES))('%s with %s arrives whole', async (method, _name, body) => {
    const { sending, arrived } = await sendWith(isDead, method, body, (locationId) => ({ locationId }));
    const { data, status } = await sending;
    expect(status).toBe(200);
    expect(arrived()).toHaveLength(isDead ? 2 : 1);
    expect(data).toMatchObject({ bytes: arrived().at(-1)?.body.length, sha256: sha256(arrived().at(-1)?.body ?? '') });
    expectWhole(arrived(), body);
  });

  it.each(rows([...SPENT_BODIES, ...WHOLE_BODIES.slice(0, -2)]))(
    '%s with %s and a way to make it again arrives whole',
    async (method, _name, body) => {
      let made = 0;
      const again = () => ((made += 1), body.make());
      const { sending, arrived } = await sendWith(isDead, method, body, (locationId) => ({
        installation: { locationId },
        body: again,
      }));
      await expect(sending).resolves.toMatchObject({ status: 200 });
      expect(made).toBe(isDead ? 1 : 0);
      expect(arrived()).toHaveLength(isDead ? 2 : 1);
      expectWhole(arrived(), body);
    },
  );
});

describe('a body that cannot be sent twice', () => {
  it.each(rows(SPENT_BODIES))('%s with %s arrives whole with a token that is good', async (method, _name, body) => {
    const { sending, arrived } = await sendWith(false, method, body, (locationId) => ({ locationId }));
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expectWhole(arrived(), body);
  });

  it.each(rows(SPENT_BODIES))(
    '%s with %s is refused after a 401, and the installation is recovered all the same',
    async (method, _name, body) => {
      const { sending, arrived, locationId } = await sendWith(true, method, body, (id) => ({ locationId: id }));
      await expect(sending).rejects.toMatchObject({
        code: 'GHL_BODY_NOT_REPLAYABLE',
        retryable: true,
        installation: { locationId },
      });
      expect(arrived()).toHaveLength(1);
      expectWhole(arrived(), body);
      const { result, ledger } = await backend.during(() => backend.axios.get('/echo', { ghl: { locationId } }));
      expect(result.status).toBe(200);
      expect(ledger.entries).toHaveLength(1);
    },
  );
});
