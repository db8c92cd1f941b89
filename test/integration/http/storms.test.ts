import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Backend } from '../../support/backend.js';

const DAY_MS = 86_400_000;

jest.setTimeout(30_000);

let backend: Backend;
afterEach(() => backend.close());

/** So many requests at once for each location, and how they ended. */
const storm = (locationIds: readonly string[], each: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: each }, () => locationIds)
      .flat()
      .map((locationId) =>
        backend.axios.get('/echo', { ghl: { locationId } }).then(
          ({ status }) => String(status),
          ({ code }: { code: string }) => code,
        ),
      ),
  );

const expectCleanLedger = (): void => {
  expect(backend.ledger.presentedTwice()).toEqual([]);
  expect(backend.ledger.overlapping()).toEqual([]);
  expect(backend.ledger.crossed()).toEqual([]);
  expect(backend.ledger.foreign()).toEqual([]);
};

describe('1,000 requests at once of one location whose token is dead', () => {
  it.each([
    ['it has run out', false],
    ['HighLevel refuses it', true],
  ])('are all answered, with one token call: %s', async (_, isKilled) => {
    backend = await Backend.start();
    const { locationId } = isKilled ? await backend.locationWithDeadToken() : await backend.location();
    if (!isKilled) backend.travel(DAY_MS);
    const { result, ledger } = await backend.during(() => storm([locationId], 1_000));
    expect(new Set(result)).toEqual(new Set(['200']));
    expect(ledger.tokenCalls()).toHaveLength(1);
    expect(ledger.credentialCalls()).toHaveLength(1);
    expect(ledger.calls({ status: 200, endpoint: 'api' })).toHaveLength(1_000);
    expectCleanLedger();
  });

  it('are all answered where the refresh token is dead too: one call of each rung', async () => {
    backend = await Backend.start();
    const { locationId } = await backend.location();
    backend.travel(10_000);
    backend.simulator.invalidateAll();
    const { result, ledger } = await backend.during(() => storm([locationId], 1_000));
    expect(new Set(result)).toEqual(new Set(['200']));
    expect(ledger.credentialCalls().map(({ endpoint, grant }) => grant ?? endpoint)).toEqual([
      'refresh_token',
      'reconnect',
      'authorization_code',
    ]);
    expectCleanLedger();
  });
});

describe('50 locations × 20 requests, 5 of them broken', () => {
  it('the healthy ones are answered while the broken ones are still being recovered', async () => {
    backend = await Backend.start();
    const ids = (await backend.locations(50)).map(({ locationId }) => locationId);
    const [broken, healthy] = [ids.slice(0, 5), ids.slice(5)];
    backend.travel(10_000);
    for (const locationId of broken) backend.simulator.killAccessToken({ locationId });
    const mark = backend.ledger.mark();
    const held = backend.hold({ path: '/oauth/token' });

    const ofBroken = storm(broken, 20);
    const ofHealthy = await storm(healthy, 20);
    await held.waiting(5);
    expect(ofHealthy).toEqual(Array(900).fill('200'));
    expect(
      backend.ledger
        .since(mark)
        .tokenCalls()
        .map(({ delivery }) => delivery),
    ).toEqual(Array(5).fill('pending'));

    held.release();
    expect(await ofBroken).toEqual(Array(100).fill('200'));
    const ledger = backend.ledger.since(mark);
    for (const locationId of broken) expect(ledger.tokenCalls({ locationId })).toHaveLength(1);
    for (const locationId of healthy) expect(ledger.credentialCalls({ locationId })).toEqual([]);
    expect(ledger.calls({ status: 200, endpoint: 'api' })).toHaveLength(1_000);
    expectCleanLedger();
  });
});

describe('locations that need the token of their company, which has run out', () => {
  it('cost one renewal of the company and one mint each', async () => {
    let companyId = '';
    backend = await Backend.start({ directory: { find: () => ({ companyId }) } });
    const company = await backend.company(10);
    ({ companyId } = company);
    backend.travel(DAY_MS);
    const { result, ledger } = await backend.during(() => storm(company.locationIds, 20));
    expect(result).toEqual(Array(200).fill('200'));
    expect(ledger.tokenCalls()).toHaveLength(1);
    expect(ledger.tokenCalls({ companyId })).toHaveLength(1);
    for (const locationId of company.locationIds) expect(ledger.mints({ locationId })).toHaveLength(1);
    expect(ledger.credentialCalls()).toHaveLength(11);
    expectCleanLedger();
  });
});
