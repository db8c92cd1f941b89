import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Backend, eventually } from '../../support/backend.js';

const DAY_MS = 86_400_000;

describe('the time limit of the waiting for a token', () => {
  let backend: Backend;

  beforeAll(async () => (backend = await Backend.start({ options: { timeouts: { tokenWaitMs: 250 } } })));
  afterAll(() => backend.close());

  it.each([
    ['before a request', (): void => backend.travel(DAY_MS), 0],
    ['after a 401', (): void => undefined, 1],
  ])('ends it %s; the rotation goes on and serves the next one', async (_, expire, apiCalls) => {
    const { locationId } = await backend.locationWithDeadToken();
    expire();
    const mark = backend.ledger.mark();
    const held = backend.hold({ path: '/oauth/token' });
    // `timeout` is that of one attempt; it does not count here.
    const requests = Array.from({ length: 5 }, () =>
      backend.axios.get('/echo', { ghl: { locationId }, timeout: 30_000 }),
    );
    for (const request of await Promise.allSettled(requests)) {
      expect(request).toMatchObject({
        status: 'rejected',
        reason: { code: 'GHL_TOKEN_WAIT_TIMEOUT', retryable: true, installation: { locationId } },
      });
    }
    held.release();
    const seen = backend.ledger.since(mark);
    await eventually(async () => (await backend.tokens.status({ locationId })).generation === 2);
    await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
    expect(seen.tokenCalls()).toHaveLength(1);
    expect(seen.apiCalls()).toHaveLength(5 * apiCalls + 1);
  });
});

describe('timeout', () => {
  let backend: Backend;

  beforeAll(async () => (backend = await Backend.start()));
  afterAll(() => backend.close());

  it('does not count the waiting for a token', async () => {
    const { locationId } = await backend.location();
    backend.travel(DAY_MS);
    const held = backend.hold({ path: '/oauth/token' });
    const sending = backend.axios.get('/echo', { ghl: { locationId }, timeout: 600 });
    await held.waiting(1);
    await new Promise((resolve) => setTimeout(resolve, 700));
    held.release();
    await expect(sending).resolves.toMatchObject({ status: 200 });
  });

  it.each(['http', 'fetch'])('is that of each attempt: %s', async (adapter) => {
    const { locationId } = await backend.locationWithDeadToken();
    const mark = backend.ledger.mark();
    backend.simulator.fault({
      match: { path: '/echo', when: () => backend.ledger.since(mark).apiCalls().length > 0 },
      do: 'hang',
    });
    const config = { ghl: { locationId }, timeout: 400, adapter };
    await expect(backend.axios.get('/echo', config)).rejects.toMatchObject({
      code: expect.stringMatching(/^(ECONNABORTED|ETIMEDOUT)$/),
      isAxiosError: true,
    });
    const seen = backend.ledger.since(mark);
    expect(seen.apiCalls()).toHaveLength(2);
    expect(seen.tokenCalls()).toHaveLength(1);
  });

  it('ends a first attempt as axios does, without a recovery', async () => {
    const { locationId } = await backend.location();
    const mark = backend.ledger.mark();
    backend.simulator.forceApiAnswer({ kind: 'hang' }, { times: 1 });
    const config = { ghl: { locationId }, timeout: 50, transitional: { clarifyTimeoutError: true } };
    await expect(backend.axios.get('/echo', config)).rejects.toMatchObject({ code: 'ETIMEDOUT', isAxiosError: true });
    expect(backend.ledger.since(mark).entries).toHaveLength(1);
  });
});
