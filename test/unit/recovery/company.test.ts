import { describe, expect, it } from '@jest/globals';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type InstanceOptions } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A bulk installation whose locations have no refresh token of their own. */
const bulk = async (locations: number, options: InstanceOptions = {}) => {
  const bench = new Workbench({ settings: { mint: { refreshToken: false } } });
  const instance = bench.instance({ directory: { find: () => ({ companyId }) }, ...options });
  const { companyId, locationIds } = await bench.bulkInstalled(instance, locations);
  const codes = (): Promise<string[]> =>
    bench.run(
      Promise.all(
        locationIds.map((locationId) =>
          instance.tokens.getAccessToken({ locationId }).then(
            () => 'served',
            ({ code }: { code: string }) => code,
          ),
        ),
      ),
    );
  return { bench, instance, companyId, locationIds, codes };
};

describe('locations that depend on their company', () => {
  it('wait for it: one renewal of the company, whatever its trouble', async () => {
    const { bench, companyId, codes } = await bulk(10);
    await codes();
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    bench.simulator.fault({ match: { companyId, path: '/oauth/token' }, do: { delayMs: 8 * S } });
    expect(new Set(await codes())).toEqual(new Set(['served']));
    expect(bench.ledger.since(mark).tokenCalls({ companyId })).toHaveLength(1);
  });

  it('are not minted for twice where the company keeps a fleet waiting for longer than a lease', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(3);
    await bench.clock.advance(DAY);
    const other = bench.instance({ directory: { find: () => ({ companyId }) } });
    const match = { companyId, path: '/oauth/token' };
    bench.simulator.fault({ match, do: { kind: 'lost', delayMs: 9 * S } });
    bench.simulator.fault({ match, do: { delayMs: 9 * S } });
    const mark = bench.ledger.mark();
    const wanted = locationIds.flatMap((locationId) =>
      [instance, other].map(({ tokens }) => tokens.getAccessToken({ locationId })),
    );
    await bench.run(Promise.all(wanted));
    expect(bench.ledger.since(mark).mints()).toHaveLength(3);
  });

  it('nor where a short wait for the company and a slow call together take longer than a lease', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(1);
    await bench.clock.advance(DAY);
    const other = bench.instance({ directory: { find: () => ({ companyId }) } });
    bench.simulator.fault({ match: { companyId, path: '/oauth/token' }, do: { delayMs: 3.5 * S } });
    bench.simulator.fault({ match: { path: '/oauth/locationToken' }, do: { delayMs: 9.5 * S } });
    const mark = bench.ledger.mark();
    const locationId = locationIds[0]!;
    await bench.run(Promise.all([instance, other].map(({ tokens }) => tokens.getAccessToken({ locationId }))));
    expect(bench.ledger.since(mark).mints()).toHaveLength(1);
  });

  // The story: its location was waited for as long as a lease, and only then its company, whose grace went by meanwhile.
  it('are served after one lease, not two, where a process dies while it renews the company for them', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(1);
    await bench.clock.advance(DAY);
    const doomed = new SimulatedProcess();
    const first = bench.instance({ process: doomed, directory: { find: () => ({ companyId }) } });
    doomed.killAt((port) => port === 'highlevel', 'after');
    const locationId = locationIds[0]!;
    void first.tokens.getAccessToken({ locationId }).catch(() => undefined);
    await bench.clock.advance(10);
    const began = bench.clock.monotonic();
    await bench.run(instance.tokens.getAccessToken({ locationId }));
    expect(bench.clock.monotonic() - began).toBeLessThan(16 * S);
    expect(bench.ledger.graceRepeats()).toHaveLength(1);
  });

  // The story: who waited for a location looked at its company's lease too, and an unreadable record there failed the location's callers.
  it('are waited for although the record of their company cannot be read', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { locationId, companyId } = await bench.installed(instance);
    const { key } = instance.engine.keeper.placeOf({ companyId });
    const company = { key, kind: 'installation', group: null, due: null, format: 1, body: 'nothing', locationId: null };
    await bench.store.save({ ...company, companyId, clientId: null, state: null, expiresAt: null, version: 1 }, null);
    await bench.clock.advance(DAY);
    const stopped = new SimulatedProcess();
    const first = bench.instance({ process: stopped });
    stopped.killAt((port) => port === 'highlevel', 'after');
    void first.tokens.getAccessToken({ locationId }).catch(() => undefined);
    await bench.clock.advance(10);
    await expect(bench.run(instance.tokens.getAccessToken({ locationId }))).resolves.toEqual(expect.any(String));
    expect(bench.ledger.graceRepeats()).toHaveLength(1);
  });

  it('end with it, and come back with it at their next call', async () => {
    const { bench, instance, companyId, codes } = await bulk(4);
    await codes();
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(DAY);
    expect(new Set(await codes())).toEqual(new Set(['GHL_NEEDS_REAUTHORIZATION']));
    const mark = bench.ledger.mark();
    await bench.clock.advance(10 * S);
    await codes();
    expect(bench.ledger.since(mark).entries).toEqual([]);
    // The agency authorizes the app again.
    const { code } = bench.simulator.authorizeAgain({ companyId });
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.clock.advance(6 * S);
    expect(new Set(await codes())).toEqual(new Set(['served']));
  });

  it('come back too where the company itself is reconnected', async () => {
    const { bench, companyId, instance, codes } = await bulk(3);
    await codes();
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(DAY);
    await codes();
    bench.simulator.setReconnect('available', { place: { companyId } });
    await bench.run(instance.reconnects.reconnect({ companyId }));
    await bench.clock.advance(6 * S);
    expect(new Set(await codes())).toEqual(new Set(['served']));
  });

  it('are minted for also where the company became known only by an answer of HighLevel', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(1);
    const ref = { locationId: locationIds[0]! };
    const expiresAt = new Date(bench.clock.now() + HOUR);
    await bench.run(instance.tokens.importTokens(ref, { ...bench.simulator.issueTokens(ref), expiresAt }));
    expect((await bench.run(instance.tokens.status(ref))).installation).toEqual(ref);
    await bench.clock.advance(2 * HOUR);
    await bench.run(instance.tokens.getAccessToken(ref));
    expect((await bench.run(instance.tokens.status(ref))).installation).toEqual({ ...ref, companyId });
    bench.simulator.invalidateAll(ref);
    bench.simulator.setReconnect('removed');
    const { rung } = await bench.run(instance.reconnects.recover(ref));
    expect(rung).toBe('mint');
  });

  it('do not take a company from a caller that HighLevel does not name', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(1, { directory: { find: () => ({}) } });
    const ref = { locationId: locationIds[0]! };
    bench.simulator.setReconnect('available');
    await bench.run(instance.tokens.getAccessToken({ ...ref, companyId: 'somebodyElse' }));
    expect((await bench.run(instance.tokens.status(ref))).installation).toEqual({ ...ref, companyId });
  });

  it('have a typed error where their company lacks the scope for it', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(1);
    const ref = { companyId, locationId: locationIds[0]! };
    bench.simulator.fault({ match: { path: '/oauth/locationToken' }, do: { answer: 'scopeMissing' } });
    await expect(bench.run(instance.tokens.mintLocationToken(ref))).rejects.toMatchObject({
      code: 'GHL_SCOPE_MISSING',
    });
    await expect(bench.run(instance.tokens.mintLocationToken(ref))).resolves.toMatchObject({
      token: expect.any(String),
    });
  });

  it('are renewed by minting again, and keep no refresh token that they never had', async () => {
    const { bench, instance, locationIds, codes } = await bulk(1);
    await codes();
    await bench.clock.advance(DAY);
    await codes();
    const status = await bench.run(instance.tokens.status({ locationId: locationIds[0]! }));
    expect(status).toMatchObject({ origin: 'mint', refreshable: false, generation: 2, state: 'active' });
  });
});

describe('a company', () => {
  it('never waits for its locations', async () => {
    const { bench, instance, companyId, locationIds } = await bulk(2);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/locationToken' }, times: 'forever', do: 'hang' });
    const asked = instance.tokens.getAccessToken({ locationId: locationIds[0]! }).catch(() => undefined);
    const began = bench.clock.monotonic();
    await bench.run(instance.tokens.getAccessToken({ companyId }));
    expect(bench.clock.monotonic()).toBe(began);
    await bench.run(asked);
  });
});
