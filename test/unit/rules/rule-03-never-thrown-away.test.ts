import { describe, expect, it } from '@jest/globals';
import { FaultyRepository, type StoreFault } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const DAY = 24 * 60 * MINUTE;
const TOKEN = { path: '/oauth/token' } as const;

const expired = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store });
  const ref = await bench.installed(instance);
  await bench.clock.advance(DAY);
  const want = (from: Instance = instance): Promise<string> => bench.run(from.tokens.getAccessToken(ref));
  const stored = async () =>
    (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!.installation;
  return { bench, store, instance, ref, want, stored };
};

const FOR_EVER = { times: Number.POSITIVE_INFINITY };

/** Does something at the moment at which HighLevel gets the next call. */
const atTheCall = (bench: Workbench, act: () => void): void => {
  let isDone = false;
  const when = (): boolean => {
    if (!isDone) act();
    isDone = true;
    return false;
  };
  bench.simulator.fault({ match: { path: '/oauth/token', when }, times: 'forever', do: 'lost' });
};

const errors = ({ log }: Instance): string[] =>
  log.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('a store that fails right after a rotation', () => {
  it.each<[string, StoreFault]>([
    ['throws', 'before'],
    ['hangs', 'hang'],
    ['throws although it saved', 'after'],
    ['hangs although it saved', 'hangAfter'],
    ['answers nonsense', { answer: 'OK' }],
    ['calls everything a conflict, and finds nothing', 'conflict'],
  ])('%s: the new pair is served from memory, and not rotated again', async (_, fault) => {
    const { bench, store, instance, want } = await expired();
    atTheCall(bench, () => store.fail(fault, FOR_EVER));
    const token = await want();
    await bench.clock.advance(30 * S);
    for (let times = 0; times < 5; times += 1) {
      expect(await want()).toBe(token);
      await bench.clock.advance(70 * S);
    }
    await bench.run(instance.tokens.refresh({ locationId: 'x' }).catch(() => undefined));
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it.each<StoreFault>(['before', 'hang', 'after', 'hangAfter'])(
    'is told of loudly, and stored when the store is back, by itself (%s)',
    async (fault) => {
      const { bench, store, instance, want, stored } = await expired();
      atTheCall(bench, () => store.fail(fault, FOR_EVER));
      const token = await want();
      expect(errors(instance)).toEqual([expect.stringContaining('A new pair is not taken by the store')]);
      await bench.clock.advance(5 * MINUTE);
      store.mend();
      await bench.clock.advance(1 * MINUTE);
      expect((await stored()).credential?.accessToken).toBe(token);
      expect(await want(bench.instance({ repository: store }))).toBe(token);
      expect(bench.ledger.rotations()).toHaveLength(1);
    },
  );

  it('for a moment only, is tried again without anybody noticing', async () => {
    const { store, instance, want, stored } = await expired();
    store.fail('before', { on: 'save', after: 2, times: 3 });
    const token = await want();
    expect(errors(instance)).toEqual([]);
    expect((await stored()).credential?.accessToken).toBe(token);
  });

  it('although it saved, is recognised: one generation, not two', async () => {
    const { store, want, stored } = await expired();
    store.fail('after', { on: 'save', after: 2 });
    await want();
    expect(await stored()).toMatchObject({ generation: 2, state: 'active', lease: null, mark: null });
  });

  it('does not make a second recovery of the unsaved pair, when it is asked for one', async () => {
    const { bench, store, instance, ref, want } = await expired();
    store.fail('before', { on: 'save', after: 2, times: Number.POSITIVE_INFINITY });
    await want();
    const failed = { code: 'GHL_STORE_FAILED', retryable: true };
    await expect(bench.run(instance.tokens.refresh(ref))).rejects.toMatchObject(failed);
    await expect(bench.run(instance.reconnects.reconnect(ref))).rejects.toMatchObject(failed);
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('serves the unsaved pair also where the cache has forgotten it', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store, options: { cache: { maxEntries: 1 } } });
    const ref = await bench.installed(instance);
    const other = await bench.installed(instance);
    await bench.clock.advance(DAY);
    const { key } = instance.engine.keeper.placeOf(ref);
    store.fail('before', { on: 'save', after: 2, times: Number.POSITIVE_INFINITY, when: (saved) => saved === key });
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    await bench.run(instance.tokens.getAccessToken(other));
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
    expect(bench.ledger.rotations(ref)).toHaveLength(1);
  });

  it('keeps nobody waiting for longer than one time limit of the store and a bit', async () => {
    const { bench, store, want } = await expired();
    atTheCall(bench, () => store.fail('hang', FOR_EVER));
    const began = bench.clock.monotonic();
    await want();
    expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(6 * S);
  });
});

describe('a pair that Reconnect or the company brought', () => {
  it('is kept like any other', async () => {
    const { bench, store, ref, want } = await expired();
    bench.simulator.killRefreshToken(ref);
    store.fail('before', { on: 'save', after: 4, times: 20 });
    const token = await want();
    await bench.clock.advance(10 * MINUTE);
    store.mend();
    await bench.clock.advance(MINUTE);
    expect(await want(bench.instance({ repository: store }))).toBe(token);
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });
});

describe('a code that was exchanged while the store fails', () => {
  const exchanged = async (fault: StoreFault) => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store });
    const { locationId, companyId } = bench.simulator.addLocation();
    const { code } = bench.simulator.installLocation(locationId);
    store.fail(fault, { times: Number.POSITIVE_INFINITY });
    const ref = { locationId, companyId };
    const failure = await bench.run(instance.tokens.exchangeCode(code).catch((error: unknown) => error));
    return { bench, store, instance, ref, failure };
  };

  it.each<StoreFault>(['before', 'hang', 'after'])('is not lost (%s)', async (fault) => {
    const { bench, store, instance, ref, failure } = await exchanged(fault);
    expect(failure).toMatchObject({ code: 'GHL_STORE_FAILED', message: expect.stringContaining('held in memory') });
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    store.mend();
    await bench.clock.advance(MINUTE);
    expect(await bench.run(bench.instance({ repository: store }).tokens.getAccessToken(ref))).toBe(token);
    expect(bench.ledger.tokenCalls()).toHaveLength(1);
  });

  it('is stored over what recovery held of the same installation, never the reverse', async () => {
    const { bench, store, instance, ref, want } = await expired();
    // A rotation is under way when the customer authorizes again; the store takes neither.
    bench.simulator.fault({ match: { ...TOKEN, grantType: 'refresh_token' }, do: { delayMs: 2 * S } });
    const asked = instance.tokens.getAccessToken(ref);
    await bench.clock.advance(1 * S);
    store.fail('before', { times: Number.POSITIVE_INFINITY });
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.run(asked);
    await bench.clock.advance(MINUTE);
    store.mend();
    await bench.clock.advance(MINUTE);
    const token = await want(bench.instance({ repository: store }));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'code' });
  });

  it('does not lift the tombstone of an uninstall that came after it', async () => {
    const { bench, store, instance, ref } = await exchanged('before');
    await bench.clock.advance(1 * S);
    store.mend();
    store.fail('before', { on: 'save', when: (_, record) => record?.state !== 'uninstalled', times: 3 });
    await bench.run(instance.tokens.markUninstalled(ref));
    await bench.clock.advance(5 * MINUTE);
    store.mend();
    await bench.clock.advance(5 * MINUTE);
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'uninstalled' });
  });

  it('twice at the same time keeps the later one', async () => {
    const { bench, store, instance, ref, want } = await expired();
    const first = bench.simulator.authorizeAgain(ref).code;
    const second = bench.simulator.authorizeAgain(ref).code;
    // The first exchange happens first, and is stored last.
    store.fail('before', { on: 'save', times: 1, when: (_, record) => record?.state === 'active' });
    const one = instance.tokens.exchangeCode(first);
    await bench.clock.advance(10);
    const other = instance.tokens.exchangeCode(second);
    await bench.run(Promise.all([one, other]));
    expect(bench.simulator.describeToken(await want())).toMatchObject({ state: 'live' });
  });
});

describe('a late pair', () => {
  it('lifts needs_reauthorization', async () => {
    const { bench, store, ref } = await expired();
    const late = new SimulatedProcess();
    const first = bench.instance({ repository: store, process: late });
    late.stopAt((port) => port === 'highlevel', 'after');
    const asked = first.tokens.getAccessToken(ref).catch(() => undefined);
    // Past the grace the others hear that the token is used, and there is no Reconnect.
    await bench.clock.advance(40 * S);
    bench.simulator.setReconnect('removed');
    const second = bench.instance({ repository: store });
    await expect(bench.run(second.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
    });
    late.wake();
    await bench.run(asked);
    await bench.clock.advance(10 * S);
    const token = await bench.run(second.tokens.getAccessToken(ref));
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live' });
    expect(await bench.run(second.tokens.status(ref))).toMatchObject({ state: 'active', trouble: null });
  });

  it('is stored where the record was dropped meanwhile', async () => {
    const { bench, store, instance, want, stored } = await expired();
    atTheCall(bench, () => store.dropAll());
    const token = await want();
    expect((await stored()).credential?.accessToken).toBe(token);
    expect(await want(bench.instance({ repository: store }))).toBe(token);
    expect(instance.log.map(({ level }) => level)).not.toContain('error');
  });
});
