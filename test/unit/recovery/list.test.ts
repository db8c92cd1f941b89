import { describe, expect, it } from '@jest/globals';
import {
  InMemoryRepository,
  type GhlAuthRecord,
  type GhlAuthRecordQuery,
  type InstallationStatus,
  type ListQuery,
} from '../../../lib/index.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const DAY = 24 * 3_600_000;

/** Remembers what was asked of it. */
class WatchedRepository extends InMemoryRepository {
  readonly found: string[] = [];
  readonly listed: GhlAuthRecordQuery[] = [];

  override find(key: string): Promise<GhlAuthRecord | null> {
    this.found.push(key);
    return super.find(key);
  }

  override list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    this.listed.push(query);
    return super.list(query);
  }
}

const listed = async (instance: Instance, query?: ListQuery): Promise<InstallationStatus[]> => {
  const all: InstallationStatus[] = [];
  for await (const status of instance.tokens.list(query)) all.push(status);
  return all;
};
const idsOf = (statuses: readonly InstallationStatus[]): (string | undefined)[] =>
  statuses.map(({ installation }) => installation.locationId ?? installation.companyId);

/** An agency with three locations, and a location on its own. */
const fleet = async (options: Parameters<Workbench['instance']>[0] = {}) => {
  const bench = new Workbench();
  const store = new WatchedRepository();
  const instance = bench.instance({ repository: store, ...options });
  const { companyId, locationIds } = await bench.bulkInstalled(instance, 3);
  for (const locationId of locationIds) await bench.run(instance.tokens.mintLocationToken({ companyId, locationId }));
  const alone = await bench.installed(instance);
  await instance.engine.teller.settled();
  store.found.length = 0;
  store.listed.length = 0;
  return { bench, store, instance, companyId, locationIds, alone };
};

describe('TokenService.list', () => {
  it('gives everything that is stored, as status() does, companies first', async () => {
    const { instance, companyId, locationIds, alone } = await fleet();
    const all = await listed(instance);
    expect(idsOf(all)).toEqual([companyId, ...[...locationIds, alone.locationId].toSorted()]);
    expect(all[1]).toEqual(await instance.tokens.status(all[1]?.installation ?? alone));
  });

  it('reads page by page while it is iterated, and no further', async () => {
    const { instance, store } = await fleet({ options: { job: { pageSize: 2 } } });
    const statuses = instance.tokens.list();
    expect(store.listed).toEqual([]);
    await statuses.next();
    await statuses.next();
    expect(store.listed).toHaveLength(1);
    await statuses.next();
    expect(store.listed).toHaveLength(2);
    await statuses.return();
    expect(store.listed.every(({ limit }) => limit === 2)).toBe(true);
  });

  it('gives what is in a state, or in a company', async () => {
    const { instance, bench, companyId, locationIds, alone } = await fleet();
    await bench.run(instance.tokens.markUninstalled(alone));
    expect(idsOf(await listed(instance, { state: 'uninstalled' }))).toEqual([alone.locationId]);
    expect(idsOf(await listed(instance, { companyId }))).toEqual(locationIds.toSorted());
    expect(await listed(instance, { companyId, state: 'suspended' })).toEqual([]);
  });

  it('gives nobody everything because the id of a company was missing from a request', async () => {
    const { instance } = await fleet();
    const request = {} as { companyId: string };
    await expect(listed(instance, { companyId: request.companyId })).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    await expect(listed(instance, { companyId: 'not an id' })).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
  });
});

describe('what has one way back', () => {
  it('is nothing while Reconnect is open, as far as HighLevel has said', async () => {
    const { instance, store } = await fleet();
    expect(await listed(instance, { oneWayBack: true })).toEqual([]);
    expect(store.found.filter((key) => key.startsWith('installation/'))).toEqual([]);
  });

  it('is what no company can mint for, where Reconnect is switched off', async () => {
    const { instance, companyId, alone } = await fleet({ options: { reconnect: { enabled: false } } });
    expect(idsOf(await listed(instance, { oneWayBack: true }))).toEqual([companyId, alone.locationId]);
  });

  it('is everything where minting is switched off too', async () => {
    const { bench, store } = await fleet();
    const options = { reconnect: { enabled: false }, mint: { enabled: false } };
    expect(await listed(bench.instance({ repository: store, options }), { oneWayBack: true })).toHaveLength(5);
  });

  it('is what is left with its refresh token since HighLevel has removed Reconnect', async () => {
    const { bench, instance, companyId, alone } = await fleet();
    const other = await bench.installed(instance);
    bench.simulator.setReconnect('removed');
    bench.simulator.killRefreshToken(other);
    await bench.clock.advance(DAY);
    await bench.run(instance.tokens.getAccessToken(other)).catch(() => undefined);
    // The other one has died already.
    expect(idsOf(await listed(instance, { oneWayBack: true }))).toEqual([companyId, alone.locationId]);
    expect(idsOf(await listed(instance, { state: 'needs_reauthorization' }))).toEqual([other.locationId]);
  });

  it('holds for the locations of an agency that is gone, which is read once', async () => {
    const { bench, instance, store, companyId, locationIds, alone } = await fleet({
      options: { reconnect: { enabled: false } },
    });
    bench.simulator.killRefreshToken({ companyId });
    await bench.clock.advance(DAY / 2);
    for (const locationId of locationIds) await bench.run(instance.tokens.refresh({ companyId, locationId }));
    await bench.clock.advance(DAY / 2);
    await bench.run(instance.tokens.getAccessToken({ companyId })).catch(() => undefined);
    store.found.length = 0;
    const found = idsOf(await listed(instance, { oneWayBack: true }));
    expect(found).toEqual([...locationIds, alone.locationId].toSorted());
    const companies = store.found.filter((key) => key.includes('/company/'));
    expect(companies.filter((key) => key.endsWith(companyId))).toHaveLength(1);
    expect(new Set(companies).size).toBe(companies.length);
  });

  it('counts a company whose record cannot be read as no way back, and goes on', async () => {
    const { instance, store, companyId, locationIds } = await fleet({ options: { reconnect: { enabled: false } } });
    const key = `${instance.engine.keeper.placeOf({ companyId }).key}`;
    const record = (await store.find(key)) as GhlAuthRecord;
    await store.save({ ...record, body: 'damaged', version: record.version + 1 }, record.version);
    expect(idsOf(await listed(instance, { companyId, oneWayBack: true }))).toEqual(locationIds.toSorted());
  });
});
