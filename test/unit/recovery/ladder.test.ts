import { describe, expect, it } from '@jest/globals';
import { Workbench } from '../../support/workbench.js';

const DAY = 86_400_000;

describe('an installation whose access token has run out', () => {
  it('is refreshed once for everybody who asks', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    const before = await instance.tokens.getAccessToken(ref);
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    const tokens = await bench.run(
      Promise.all(Array.from({ length: 1_000 }, () => instance.tokens.getAccessToken(ref))),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(before);
    expect(bench.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });

  it('is refreshed once by ten instances on one store', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 10 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    const tokens = await bench.run(Promise.all(instances.map(({ tokens: service }) => service.getAccessToken(ref))));
    expect(new Set(tokens).size).toBe(1);
    expect(bench.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });
});

describe('an installation whose refresh token is dead', () => {
  it('is reconnected', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    const { rung, traceId } = await bench.run(instance.reconnects.recover(ref));
    expect(rung).toBe('reconnect');
    expect(traceId).toEqual(expect.any(String));
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('needs reauthorization where Reconnect has been removed, and then costs no call', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await expect(bench.run(instance.reconnects.recover(ref))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
      reauthorizeUrl: expect.stringContaining('/v2/oauth/chooselocation?response_type=code'),
    });
    const mark = bench.ledger.mark();
    for (let i = 0; i < 20; i += 1)
      await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
        code: 'GHL_NEEDS_REAUTHORIZATION',
      });
    expect(bench.ledger.since(mark).entries).toEqual([]);
    await instance.engine.teller.settled();
    expect(instance.told.map(({ to }) => to)).toEqual(['active', 'needs_reauthorization']);
  });
});

describe('a location without a way of its own', () => {
  it('gets its token minted from its company, which may climb first: ten locations cost one renewal', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ directory: { find: () => ({ companyId }) } });
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 10);
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    const tokens = await bench.run(
      Promise.all(locationIds.map((locationId) => instance.tokens.getAccessToken({ locationId }))),
    );
    expect(new Set(tokens).size).toBe(10);
    expect(bench.ledger.since(mark).tokenCalls({ companyId })).toHaveLength(1);
    expect(bench.ledger.since(mark).mints()).toHaveLength(10);
  });
});
