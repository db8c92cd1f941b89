import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SimulatedApp } from '../../../lib/testing.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let bench: Workbench;
let billing: Instance;
let booking: Instance;
let second: SimulatedApp;
beforeEach(() => {
  bench = new Workbench();
  second = bench.simulator.addApp();
  const { clients, redirectUris, scopes } = second;
  // Everybody is a customer of both, as far as the directory knows.
  const directory = { find: () => ({}) };
  billing = bench.instance({ directory });
  booking = bench.instance({ directory, options: { clients, redirectUri: redirectUris[0] as string, scopes } });
});

const install = async (instance: Instance, appId: string, locationId: string): Promise<void> => {
  const { code } = bench.simulator.installLocation(locationId, { appId });
  await bench.run(instance.tokens.exchangeCode(code));
};

describe('several apps on one repository', () => {
  it('in one location have a token each, of their own', async () => {
    const { locationId } = bench.simulator.addLocation();
    await install(billing, bench.app.appId, locationId);
    await install(booking, second.appId, locationId);
    const tokens = await Promise.all(
      [billing, booking].map((instance) => bench.run(instance.tokens.getAccessToken({ locationId }))),
    );
    expect(tokens.map((token) => bench.simulator.describeToken(token)?.appId)).toEqual([bench.app.appId, second.appId]);
  });

  it('sweep what is their own, and leave the rest to the others', async () => {
    const [one, two] = [bench.simulator.addLocation(), bench.simulator.addLocation()];
    await install(billing, bench.app.appId, one.locationId);
    await install(booking, second.appId, two.locationId);
    await bench.clock.advance(DAY - HOUR);
    const mark = bench.ledger.mark();
    expect(await bench.run(billing.engine.sweeper.run())).toMatchObject({ looked: 1, renewed: 1, failed: 0 });
    expect(bench.ledger.since(mark).entries.map(({ place }) => place)).toEqual([`location:${one.locationId}`]);
    expect(bench.store.size).toBe(2);
    expect(await bench.run(booking.engine.sweeper.run())).toMatchObject({ looked: 1, renewed: 1, failed: 0 });
  });

  it('are uninstalled from a company one by one', async () => {
    const { companyId } = bench.simulator.addCompany();
    const [one, two] = [bench.simulator.addLocation({ companyId }), bench.simulator.addLocation({ companyId })];
    await install(billing, bench.app.appId, one.locationId);
    await install(booking, second.appId, two.locationId);
    await bench.run(billing.tokens.markUninstalled({ companyId }));
    const gone = { code: 'GHL_UNINSTALLED' };
    await expect(bench.run(billing.tokens.getAccessToken(one))).rejects.toMatchObject(gone);
    expect(await bench.run(booking.tokens.getAccessToken(two))).toEqual(expect.any(String));
    const keys = (await bench.store.list({ kind: 'installation', limit: 10 })).map(({ key }) => key);
    expect(keys).not.toContain(billing.engine.keeper.placeOf(two).key);
  });
});
