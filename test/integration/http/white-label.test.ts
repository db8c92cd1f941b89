import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Backend } from '../../support/backend.js';

// A white label serves the same API under hosts of its own: API, marketplace and allowed hosts are set together.
const MARKETPLACE = 'https://marketplace.white-label.example';

let backend: Backend;
beforeAll(async () => {
  backend = await Backend.start({
    options: { marketplaceUrl: MARKETPLACE, allowedHosts: ['files.white-label.example'] },
  });
});
afterAll(() => backend.close());

describe('a white label, end to end', () => {
  it('sends customers to its own marketplace, and back again when no way is left', async () => {
    expect(backend.tokens.authorizationUrl()).toMatch(`${MARKETPLACE}/v2/oauth/chooselocation?`);
    const ref = await backend.location();
    backend.travel(10_000);
    backend.simulator.invalidateAll(ref);
    backend.simulator.setReconnect('removed');
    await expect(backend.reconnects.recover(ref)).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
      reauthorizeUrl: expect.stringContaining(`${MARKETPLACE}/v2/oauth/chooselocation?`),
    });
    backend.simulator.setReconnect('available');
  });

  it('exchanges, refreshes, mints, reconnects and calls on its own API host, and on no other', async () => {
    const { companyId, locationIds } = await backend.company(1);
    const locationId = locationIds[0] as string;
    await backend.tokens.mintLocationToken({ companyId, locationId });
    backend.travel(10_000);
    await backend.tokens.refresh({ companyId });
    await backend.reconnects.reconnect({ locationId });
    const { status } = await backend.axios.get('/contacts/', { params: { locationId }, ghl: { locationId } });
    expect(status).toBe(200);
    const { host } = new URL(backend.baseUrl);
    expect(new Set(backend.arrived.map(({ headers }) => headers['host']))).toEqual(new Set([host]));
    expect(backend.axios.defaults.baseURL).toBe(backend.baseUrl);
  });

  it("gives its tokens to hosts that are allowed, and not to HighLevel's own or anybody else's", async () => {
    const { locationId } = await backend.location();
    const seen: string[] = [];
    const call = (url: string) =>
      backend.axios.get(url, {
        ghl: { locationId },
        adapter: (config) => {
          seen.push(`${new URL(config.url as string).host} ${String(config.headers.get('Authorization')).slice(0, 6)}`);
          return Promise.resolve({ data: '', status: 200, statusText: 'OK', headers: {}, config });
        },
      });
    await call('https://files.white-label.example/report');
    expect(seen).toEqual(['files.white-label.example Bearer']);
    for (const foreign of ['https://services.leadconnectorhq.com/contacts/', 'https://white-label.example/contacts/']) {
      await expect(call(foreign)).rejects.toMatchObject({ code: 'GHL_FOREIGN_HOST' });
    }
    expect(seen).toHaveLength(1);
  });
});
