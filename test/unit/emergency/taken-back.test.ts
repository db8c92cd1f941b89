import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { FaultySink, type SinkFault } from '../../support/faulty-sink.js';
import { Workbench } from '../../support/workbench.js';
import { expired, failStoreAtTheCall, FOR_EVER, left } from './support/scene.js';

const S = 1_000;
const MINUTE = 60 * S;

describe('what a process has left in the emergency sink', () => {
  it('is taken back by the next one at its start, into the store, and the host is told', async () => {
    const { bench, sink, another, token, stored } = await left();
    const next = another();
    await bench.clock.advance(1);
    expect((await stored())?.installation).toMatchObject({ generation: 2, credential: { accessToken: token } });
    expect((await stored())?.installation).toMatchObject({ state: 'active', lease: null, mark: null });
    expect(sink.entries.size).toBe(0);
    expect(await bench.run(next.tokens.getAccessToken((await stored())!.installation as never))).toBe(token);
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('comes before anything is spent, however early somebody asks for a token', async () => {
    const { bench, another, ref, token } = await left();
    expect(await bench.run(another().tokens.getAccessToken(ref))).toBe(token);
    expect(bench.ledger.refreshes()).toHaveLength(1);
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('is served while the store still fails, and stored in the background when it is back', async () => {
    const { bench, store, sink, another, token, stored, want } = await left();
    store.fail('before', FOR_EVER);
    const next = another();
    await bench.clock.advance(1);
    for (let times = 0; times < 3; times += 1) {
      expect(await want(next)).toBe(token);
      await bench.clock.advance(2 * MINUTE);
    }
    expect(sink.entries.size).toBe(1);
    store.mend();
    await bench.clock.advance(MINUTE);
    expect((await stored())?.installation.credential?.accessToken).toBe(token);
    expect(sink.entries.size).toBe(0);
  });

  it('is found by an instance that was there all along, as soon as it meets the unfinished rotation', async () => {
    const scene = await expired();
    const bystander = scene.another();
    failStoreAtTheCall(scene);
    const token = await scene.want();
    await scene.bench.clock.advance(1);
    scene.process.kill();
    await scene.bench.clock.advance(MINUTE);
    scene.store.mend();
    expect(await scene.want(bystander)).toBe(token);
    expect(scene.bench.ledger.refreshes()).toHaveLength(1);
  });

  it('is found by an instance that was there all along also where nobody asks, within minutes', async () => {
    const scene = await expired();
    scene.another();
    failStoreAtTheCall(scene);
    const token = await scene.want();
    await scene.bench.clock.advance(1);
    scene.process.kill();
    scene.store.mend();
    await scene.bench.clock.advance(6 * MINUTE);
    expect((await scene.stored())?.installation.credential?.accessToken).toBe(token);
    expect(scene.sink.entries.size).toBe(0);
  });

  it('makes an installation that the store has never heard of', async () => {
    const { bench, store, sink, process, instance, another } = await expired();
    const { locationId, companyId } = bench.simulator.addLocation();
    store.fail('before', FOR_EVER);
    const { code } = bench.simulator.installLocation(locationId);
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.clock.advance(1);
    process.kill();
    store.mend();
    const next = another();
    await bench.clock.advance(10);
    const ref = { locationId, companyId };
    expect(await bench.run(next.tokens.status(ref))).toMatchObject({ state: 'active', generation: 1, origin: 'code' });
    expect(next.told).toMatchObject([{ from: null, to: 'active' }]);
    expect(sink.entries.size).toBe(0);
  });

  it('comes before a Reconnect of what only the directory knows, however slow the sink is', async () => {
    const { bench, store, sink, process, instance, another } = await expired();
    const { locationId, companyId } = bench.simulator.addLocation();
    store.fail('before', FOR_EVER);
    const { code } = bench.simulator.installLocation(locationId);
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.clock.advance(1);
    process.kill();
    store.mend();
    bench.simulator.setReconnect('available');
    const list = sink.list.bind(sink);
    sink.list = () => bench.clock.sleep(3 * S).then(list);
    const next = another({ directory: { find: () => ({}) } });
    const token = await bench.run(next.tokens.getAccessToken({ locationId, companyId }));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'code' });
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('may be taken back by several instances at once', async () => {
    const { bench, sink, another, ref, token, stored } = await left();
    const instances = Array.from({ length: 5 }, () => another());
    const wanted = await bench.run(Promise.all(instances.map(({ tokens }) => tokens.getAccessToken(ref))));
    expect(new Set(wanted)).toEqual(new Set([token]));
    await bench.clock.advance(10);
    expect((await stored())?.installation.generation).toBe(2);
    expect(sink.entries.size).toBe(0);
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it('many of them are all taken back, a few at a time', async () => {
    const bench = new Workbench();
    const sink = new FaultySink();
    const store = new FaultyRepository();
    const first = bench.instance({ repository: store, emergencySink: sink });
    const codes = Array.from({ length: 60 }, () =>
      bench.simulator.installLocation(bench.simulator.addLocation().locationId),
    );
    store.fail('before', FOR_EVER);
    await bench.run(Promise.all(codes.map(({ code }) => first.tokens.exchangeCode(code).catch(() => undefined))));
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(60);
    const fresh = new FaultyRepository();
    bench.instance({ repository: fresh, emergencySink: sink });
    await bench.clock.advance(1);
    expect(fresh.inner.size).toBe(60);
    expect(sink.entries.size).toBe(0);
  });
});

describe('what has become pointless is dropped, and removed from the sink', () => {
  it('because a successor of the same credential is stored', async () => {
    const scene = await expired();
    const { bench, store, process, sink } = scene;
    const blind = scene.another({ emergencySink: undefined });
    failStoreAtTheCall(scene);
    await scene.want();
    await bench.clock.advance(1);
    process.kill();
    store.mend();
    // An instance without the sink repeats the rotation within the grace, and rotates once more.
    await scene.want(blind);
    await bench.clock.advance(10 * S);
    const { token } = await bench.run(blind.tokens.refresh(scene.ref));
    const next = scene.another();
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(0);
    expect(await scene.want(next)).toBe(token);
    expect((await scene.stored())?.installation.generation).toBe(3);
  });

  it('because the app was uninstalled: the tombstone wins', async () => {
    const { bench, sink, another, ref, stored } = await left();
    const blind = another({ emergencySink: undefined });
    await bench.run(blind.tokens.markUninstalled(ref));
    another();
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(0);
    expect((await stored())?.installation).toMatchObject({ state: 'uninstalled', credential: null });
  });

  it('because what the customer authorized has been stored and rotated since, although that seemed to fail', async () => {
    const { bench, store, sink, process, instance, ref, another, stored } = await expired();
    store.fail('after', { on: 'save' });
    store.fail('before', { on: ['find', 'save'], after: 1, ...FOR_EVER });
    await bench.run(instance.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code).catch(() => undefined));
    await bench.clock.advance(1);
    process.kill();
    store.mend();
    expect(sink.entries.size).toBe(1);
    const blind = another({ emergencySink: undefined });
    await bench.run(blind.tokens.refresh(ref));
    another();
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(0);
    expect((await stored())?.installation.credential?.origin).toBe('refresh');
  });
});

describe('a reinstall that could not be stored', () => {
  const reinstalled = async (uninstallAgainAfterMs: number | null, aheadMs = 0) => {
    const scene = await expired();
    const { bench, store, process, instance, ref } = scene;
    process.skewMs = aheadMs;
    bench.simulator.uninstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.markUninstalled(ref));
    await bench.clock.advance(10 * S);
    process.skewMs = 0;
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    store.fail('before', { on: 'save', ...FOR_EVER });
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.clock.advance(1);
    process.kill();
    store.mend();
    if (uninstallAgainAfterMs !== null) {
      await bench.clock.advance(uninstallAgainAfterMs);
      const blind = scene.another({ emergencySink: undefined });
      // The store has forgotten the first tombstone, so that this one is a new one.
      store.dropAll();
      await bench.run(blind.tokens.markUninstalled(ref));
    }
    scene.another();
    await bench.clock.advance(1);
    return scene;
  };

  it('lifts the tombstone that it was made after', async () => {
    const { stored, sink } = await reinstalled(null);
    expect((await stored())?.installation).toMatchObject({ state: 'active', credential: { origin: 'code' } });
    expect(sink.entries.size).toBe(0);
  });

  it('lifts it also where that was written by a clock that was ahead', async () => {
    const { stored } = await reinstalled(null, 60 * S);
    expect((await stored())?.installation).toMatchObject({ state: 'active', credential: { origin: 'code' } });
  });

  it('does not lift a later one', async () => {
    const { stored, sink } = await reinstalled(5 * S);
    expect((await stored())?.installation).toMatchObject({ state: 'uninstalled', credential: null });
    expect(sink.entries.size).toBe(0);
  });
});

describe('a sink that does not answer at the start', () => {
  it.each<SinkFault>(['throws', 'hangs'])('keeps back nothing that is good (%s)', async (fault) => {
    const { bench, sink, another, want } = await expired();
    const token = await want();
    sink.fail(fault);
    const next = another();
    const asked = bench.clock.monotonic();
    expect(await want(next)).toBe(token);
    expect(bench.clock.monotonic()).toBe(asked);
  });

  it.each<SinkFault>(['throws', 'hangs'])(
    'keeps back what has to be renewed for one time limit, once; is told of, and looked into again (%s)',
    async (fault) => {
      const { bench, sink, another, ref, stored, token } = await left();
      sink.fail(fault);
      const next = another();
      const other = await bench.installed(next);
      await bench.clock.advance(MINUTE);
      const began = bench.clock.monotonic();
      await bench.run(next.tokens.refresh(other));
      expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(100);
      const complaints = next.log.filter(({ message }) => message.includes('cannot be taken back yet'));
      expect(complaints.length).toBeGreaterThan(2);
      sink.mend();
      await bench.clock.advance(5 * MINUTE);
      expect((await stored())?.installation.credential?.accessToken).toBe(token);
      expect(await bench.run(next.tokens.getAccessToken(ref))).toBe(token);
    },
  );

  it('bounds the first wait by one time limit', async () => {
    const { bench, sink, another, ref } = await expired();
    sink.fail('hangs');
    const next = another();
    const asked = next.tokens.getAccessToken(ref);
    await bench.clock.advance(5 * S + 100);
    expect(bench.ledger.rotations()).toHaveLength(1);
    await bench.run(asked);
  });
});
