import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AxiosError } from 'axios';
import type { GhlAuthError, GhlRequest } from '../../../lib/index.js';
import type { FaultAction } from '../../../lib/testing.js';
import { Backend } from '../../support/backend.js';

jest.setTimeout(30_000);

let backend: Backend;
let locationId: string;

beforeEach(async () => {
  backend = await Backend.start();
  ({ locationId } = await backend.location());
  backend.travel(10_000);
});
afterEach(() => backend.close());

const errorOf = (ghl: GhlRequest): Promise<unknown> =>
  backend.axios.get('/echo', { ghl }).catch((error: unknown) => error);
const errorsOf = (count: number): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, () => errorOf({ locationId })));

describe('an API that answers 401 whatever the token', () => {
  const ROWS: readonly (readonly [string, FaultAction, number])[] = [
    ['Invalid JWT', { answer: 'invalidJwt' }, 6],
    ['words that nobody knows', { status: 401, body: { message: 'Nope' } }, 2],
    ['no words', { status: 401, body: '' }, 2],
    ['a page', { status: 401, body: '<html>401</html>' }, 2],
  ];

  it.each(ROWS)(
    '%s: costs a handful of rotations over hundreds of calls, never one a call',
    async (_, action, most) => {
      const forced = backend.simulator.forceApiAnswer(action);
      const { ledger } = await backend.during(async () => {
        for (let i = 0; i < 300; i += 1) {
          expect(await errorOf({ locationId })).toMatchObject({ isAxiosError: true, response: { status: 401 } });
          backend.travel(7_000);
        }
      });
      expect(ledger.tokenCalls().length).toBeGreaterThan(0);
      expect(ledger.tokenCalls().length).toBeLessThanOrEqual(most);
      expect(ledger.apiCalls().length).toBeLessThanOrEqual(300 + most);
      forced.end();
      await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    },
  );

  it('costs one rotation where hundreds of calls come at once', async () => {
    backend.simulator.forceApiAnswer('invalidJwt');
    const { result, ledger } = await backend.during(() => errorsOf(300));
    for (const error of result) expect(error).toMatchObject({ isAxiosError: true, response: { status: 401 } });
    expect(ledger.tokenCalls()).toHaveLength(1);
    expect(ledger.apiCalls().length).toBeLessThanOrEqual(600);
  });
});

describe('a grant that is dead', () => {
  beforeEach(() => {
    backend.simulator.invalidateAll();
    backend.simulator.setReconnect('removed');
  });

  it('tells all of 100 callers why and what helps, costs one call of each rung, and then none', async () => {
    const { result, ledger } = await backend.during(() => errorsOf(100));
    for (const error of result) {
      expect(error).toMatchObject({
        code: 'GHL_NEEDS_REAUTHORIZATION',
        retryable: false,
        installation: { locationId },
        reauthorizeUrl: expect.stringContaining('/v2/oauth/chooselocation?response_type=code'),
      });
    }
    expect(ledger.credentialCalls().map(({ endpoint }) => endpoint)).toEqual(['token', 'reconnect']);

    for (let i = 0; i < 5; i += 1) {
      backend.travel(60_000);
      const later = await backend.during(() => errorsOf(100));
      expect(new Set(later.result.map((error) => (error as GhlAuthError).code))).toEqual(
        new Set(['GHL_NEEDS_REAUTHORIZATION']),
      );
      expect(later.ledger.entries).toEqual([]);
    }
  });

  it('gives each caller an error of its own, whose stack does not grow', async () => {
    await errorOf({ locationId });
    const errors = (await errorsOf(200)) as Error[];
    expect(new Set(errors).size).toBe(200);
    for (let i = 0; i < 200; i += 1) errors.push((await errorOf({ locationId })) as Error);
    expect(Math.max(...errors.map(({ stack = '' }) => stack.length))).toBeLessThan(5_000);
  });

  it('is brought back by the customer, who follows the link', async () => {
    const { reauthorizeUrl = '' } = (await errorOf({ locationId })) as GhlAuthError;
    backend.simulator.uninstall({ locationId });
    const { code } = backend.simulator.followAuthorizationLink(reauthorizeUrl, { locationId });
    await backend.tokens.exchangeCode(code);
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
  });
});

describe('a place that HighLevel calls not active', () => {
  it('tells all of 100 callers when it looks again, with one call, and comes back by itself', async () => {
    backend.simulator.deactivate({ locationId });
    backend.simulator.killAccessToken({ locationId });
    const { result, ledger } = await backend.during(() => errorsOf(100));
    for (const error of result)
      expect(error).toMatchObject({ code: 'GHL_SUSPENDED', retryable: true, retryAt: expect.any(Date) });
    expect(ledger.credentialCalls()).toHaveLength(1);
    backend.simulator.activate({ locationId });
    backend.travel(8 * 3_600_000);
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
  });
});

describe('places without an installation', () => {
  it('that the store does not know cost no call', async () => {
    const { result, ledger } = await backend.during(() =>
      Promise.all(Array.from({ length: 100 }, (_, i) => errorOf({ locationId: `unknown${i}` }))),
    );
    expect(new Set(result.map((error) => (error as AxiosError).code))).toEqual(new Set(['GHL_INSTALLATION_UNKNOWN']));
    expect(ledger.entries).toEqual([]);
  });

  it('that were uninstalled cost no call', async () => {
    backend.simulator.uninstall({ locationId });
    await backend.tokens.markUninstalled({ locationId });
    const { result, ledger } = await backend.during(() => errorsOf(100));
    expect(new Set(result.map((error) => (error as AxiosError).code))).toEqual(new Set(['GHL_UNINSTALLED']));
    expect(ledger.entries).toEqual([]);
  });
});
