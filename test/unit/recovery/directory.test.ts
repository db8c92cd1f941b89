import { describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { InstallationDirectory } from '../../../lib/recovery/directory.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;

const unknown = (find: InstallationDirectory['find'] | null) => {
  const bench = new Workbench();
  const { locationId, companyId } = bench.simulator.addLocation();
  bench.simulator.installLocation(locationId);
  const instance = bench.instance(find === null ? {} : { directory: { find } });
  return { bench, instance, ref: { locationId }, companyId };
};

describe('an installation that the store does not know', () => {
  it('is recovered where the directory confirms it', async () => {
    const asked: InstallationRef[] = [];
    const { bench, instance, ref } = unknown((place) => (asked.push(place), 'locationId' in place ? {} : null));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
    expect(asked).toEqual([ref]);
    expect(bench.ledger.reconnects()).toHaveLength(1);
    await instance.engine.teller.settled();
    expect(instance.told.map(({ from, to }) => [from, to])).toEqual([[null, 'active']]);
  });

  it.each<[string, InstallationDirectory['find'] | null]>([
    ['there is no directory', null],
    ['the directory denies it', () => null],
    ['the directory answers undefined', () => undefined as never],
    ['the directory answers false', () => false as never],
    ['the directory answers a text', () => 'yes' as never],
  ])('is GHL_INSTALLATION_UNKNOWN without a call where %s', async (_, find) => {
    const { bench, instance, ref } = unknown(find);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
      retryable: false,
    });
    expect(bench.ledger.entries).toEqual([]);
    expect(bench.store.size).toBe(0);
  });

  it.each<[string, InstallationDirectory['find']]>([
    [
      'throws',
      () => {
        throw new Error('no connection');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no connection'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('is GHL_STORE_FAILED where the directory %s, and asked again at the next call', async (_, find) => {
    const { bench, instance, ref } = unknown(find);
    const asked = instance.tokens.getAccessToken(ref).catch((error: unknown) => error);
    await bench.clock.advance(6 * S);
    expect(await asked).toMatchObject({ code: 'GHL_STORE_FAILED', message: expect.stringContaining('directory') });
    expect(bench.ledger.entries).toEqual([]);
  });

  it('has the parent that the directory names, not the one of the request', async () => {
    const { bench, instance, ref, companyId } = unknown(() => ({ companyId }));
    await bench.run(instance.tokens.getAccessToken({ ...ref, companyId: 'somebodyElse' }));
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ installation: { ...ref, companyId } });
  });

  it('does not take strange ids from the directory', async () => {
    const { bench, instance, ref } = unknown(() => ({ companyId: '../../etc', clientId: 42 as never }));
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.mints()).toEqual([]);
  });

  it('may be reconnected on purpose all the same, and is stored only if that works', async () => {
    const { bench, instance, ref } = unknown(null);
    bench.simulator.setReconnect('notInstalled');
    await expect(bench.run(instance.reconnects.reconnect(ref))).rejects.toMatchObject({ code: 'GHL_GRANT_REFUSED' });
    expect([...(await bench.store.list({ kind: 'installation', limit: 10 }))]).toEqual([]);
    bench.simulator.setReconnect('available');
    await bench.run(instance.reconnects.reconnect(ref));
    await expect(bench.run(bench.instance().tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });

  it('is known at once after it was installed, although it was denied a moment ago', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ directory: { find: () => null } });
    const { locationId } = bench.simulator.addLocation();
    await expect(bench.run(instance.tokens.getAccessToken({ locationId }))).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
    });
    const { code } = bench.simulator.installLocation(locationId);
    await bench.run(instance.tokens.exchangeCode(code));
    await expect(bench.run(instance.tokens.getAccessToken({ locationId }))).resolves.toEqual(expect.any(String));
  });
});
