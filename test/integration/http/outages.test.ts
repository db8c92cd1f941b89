import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GhlAuthError } from '../../../lib/index.js';
import type { FaultAction } from '../../../lib/testing.js';
import { Backend } from '../../support/backend.js';

const DAY_MS = 86_400_000;
const PENDING = new Set([
  'GHL_UPSTREAM_UNAVAILABLE',
  'GHL_RATE_LIMITED',
  'GHL_UNEXPECTED_RESPONSE',
  'GHL_RECOVERY_PENDING',
]);

let backend: Backend;
let locationId: string;

beforeEach(async () => {
  backend = await Backend.start({ options: { timeouts: { highLevelMs: 700 } } });
  ({ locationId } = await backend.location());
});
afterEach(() => backend.close());

const errorsOf = (count: number): Promise<unknown[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      backend.axios.get('/echo', { ghl: { locationId } }).catch((error: unknown) => error),
    ),
  );

const expectPending = (errors: readonly unknown[]): void => {
  for (const error of errors as GhlAuthError[]) {
    expect(PENDING).toContain(error.code);
    expect(error).toMatchObject({ retryable: true, installation: { locationId }, retryAt: expect.any(Date) });
  }
};

const OUTAGES: readonly (readonly [string, FaultAction])[] = [
  ['503', { status: 503 }],
  ['500 with a page', { status: 500, body: '<html>oops</html>' }],
  ['429', { status: 429 }],
  ['429 with Retry-After', { retryAfter: 30 }],
  ['no answer at all', { kind: 'hang' }],
  ['a connection that breaks', { kind: 'reset' }],
  ['a page in place of JSON', { kind: 'html' }],
  ['an answer without a token', { kind: 'withoutAccessToken' }],
  ['half an answer', { kind: 'truncated' }],
];

jest.setTimeout(15_000);

describe.each(OUTAGES)('HighLevel’s OAuth endpoints answer with %s', (_, action) => {
  it('tells all of 100 callers to come again and when, with a bounded number of calls, and recovers by itself', async () => {
    backend.travel(DAY_MS);
    const outage = backend.simulator.outage(action, { path: 'oauth' });
    const { result, ledger } = await backend.during(() => errorsOf(100));
    expectPending(result);
    expect(ledger.credentialCalls().length).toBeGreaterThan(0);
    expect(ledger.credentialCalls().length).toBeLessThanOrEqual(2);
    expect(ledger.apiCalls()).toEqual([]);

    const again = await backend.during(() => errorsOf(100));
    expectPending(again.result);
    expect(again.ledger.entries).toEqual([]);

    outage.end();
    backend.travel(60_000);
    const after = await backend.during(() => errorsOf(100));
    expect(new Set(after.result.map((answer) => (answer as { status: number }).status))).toEqual(new Set([200]));
    expect(after.ledger.credentialCalls()).toHaveLength(1);
    expect(backend.ledger.presentedTwice()).toEqual([]);
  });
});

it.each(OUTAGES.filter((_, at) => at % 2 === 0))(
  'HighLevel’s OAuth endpoints answer with %s: does not keep back a token that is still good',
  async (_, action) => {
    backend.travel(DAY_MS - 30 * 60_000);
    backend.simulator.outage(action, { path: 'oauth' });
    const { result, ledger } = await backend.during(() => errorsOf(100));
    expect(new Set(result.map((answer) => (answer as { status: number }).status))).toEqual(new Set([200]));
    expect(ledger.credentialCalls().length).toBeLessThanOrEqual(2);
  },
);

describe('HighLevel is not there at all', () => {
  it('tells all of 100 callers to come again and when, and recovers by itself', async () => {
    backend.travel(DAY_MS);
    await backend.server.down();
    expectPending(await errorsOf(100));
    await backend.server.start();
    backend.travel(60_000);
    const { result, ledger } = await backend.during(() => errorsOf(100));
    expect(new Set(result.map((answer) => (answer as { status: number }).status))).toEqual(new Set([200]));
    expect(ledger.credentialCalls()).toHaveLength(1);
  });

  it('is axios’ own error where the token is good', async () => {
    await backend.server.down();
    for (const error of await errorsOf(5)) expect(error).toMatchObject({ isAxiosError: true, code: 'ECONNREFUSED' });
    await backend.server.start();
    expect(new Set((await errorsOf(5)).map((answer) => (answer as { status: number }).status))).toEqual(new Set([200]));
  });
});
