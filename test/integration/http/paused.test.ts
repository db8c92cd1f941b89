import { afterEach, describe, expect, it } from '@jest/globals';
import { isGhlAuthError } from '../../../lib/index.js';
import { Backend } from '../../support/backend.js';

let backend: Backend;
afterEach(() => backend.close());

const contacts = (locationId: string) =>
  backend.axios.get('/contacts/', { params: { locationId }, ghl: { locationId } });

describe('while recovery is paused', () => {
  it('a 401 is handed to the caller as it came, with the pause as its cause, and the request is not replayed', async () => {
    backend = await Backend.start();
    const { locationId } = await backend.locationWithDeadToken();
    await backend.reconnects.pause('all', { reason: 'incident' });
    const { result, ledger } = await backend.during(() => contacts(locationId).catch((error: unknown) => error));
    expect(result).toMatchObject({ response: { status: 401, data: { message: 'Invalid JWT' } } });
    expect(isGhlAuthError((result as Error).cause, 'GHL_PAUSED')).toBe(true);
    expect(ledger.tokenCalls()).toEqual([]);
    expect(ledger.apiCalls()).toHaveLength(1);
    await backend.reconnects.resume();
    backend.travel(6_000);
    expect((await contacts(locationId)).status).toBe(200);
  });

  it('work with a token of its own gets its own error back', async () => {
    backend = await Backend.start({ options: { mode: 'observe' } });
    const { locationId } = await backend.locationWithDeadToken();
    const failure = Object.assign(new Error('HTTP 401'), { status: 401 });
    let runs = 0;
    const work = backend.tokens.withAccessToken({ locationId }, () => {
      runs += 1;
      return Promise.reject(failure);
    });
    await expect(work).rejects.toBe(failure);
    expect(runs).toBe(1);
  });
});
