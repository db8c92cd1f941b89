import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
const LIFE = 86_399 * S;

const installed = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store });
  const ref = await bench.installed(instance);
  const token = await bench.run(instance.tokens.getAccessToken(ref));
  await instance.engine.teller.settled();
  return { bench, store, instance, ref, token };
};

describe('a fresh credential', () => {
  it('costs no look into the store', async () => {
    const { bench, store, instance, ref, token } = await installed();
    const calls = store.calls.length;
    for (let times = 0; times < 1_000; times += 1) expect(await instance.tokens.getAccessToken(ref)).toBe(token);
    expect(store.calls.length).toBe(calls);
    await bench.clock.advance(61 * S);
    expect(await instance.tokens.getAccessToken(ref)).toBe(token);
    await bench.clock.advance(1);
    // In use and older than a minute: looked up once more, off the caller's path.
    expect(store.calls.length).toBe(calls + 1);
  });

  it('of another instance is noticed within a minute or so', async () => {
    const { bench, store, instance, ref, token } = await installed();
    const other = bench.instance({ repository: store });
    const { token: rotated } = await bench.run(other.tokens.refresh(ref));
    await bench.clock.advance(61 * S);
    expect(await instance.tokens.getAccessToken(ref)).toBe(token);
    await bench.clock.advance(1);
    expect(await instance.tokens.getAccessToken(ref)).toBe(rotated);
  });

  it.each(['before', 'hang'] as const)(
    'is served at once by a store that can be read and not written (%s)',
    async (fault) => {
      const { bench, store, ref, token } = await installed();
      await bench.clock.advance(20 * HOUR);
      store.fail(fault, { on: 'save', times: Number.POSITIVE_INFINITY });
      const began = bench.clock.monotonic();
      expect(await bench.run(bench.instance({ repository: store }).tokens.getAccessToken(ref))).toBe(token);
      expect(bench.clock.monotonic()).toBe(began);
    },
  );

  it('whose cache entry is from the future (a clock set back) is looked up again, and served', async () => {
    const { bench, store, instance, ref, token } = await installed();
    bench.clock.jump(-2 * HOUR);
    const calls = store.calls.length;
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
    expect(store.calls.length).toBe(calls + 1);
    expect(await instance.tokens.getAccessToken(ref)).toBe(token);
    expect(store.calls.length).toBe(calls + 1);
  });
});

describe('in the advisory window', () => {
  it('the token is served at once while one caller of the fleet renews it', async () => {
    const { bench, store, instance, ref, token } = await installed();
    const others = [1, 2, 3].map(() => bench.instance({ repository: store }));
    await bench.clock.advance(LIFE - 30 * MINUTE);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 8 * S } });
    const began = bench.clock.monotonic();
    const wanted = [instance, ...others].flatMap(({ tokens }) => [1, 2, 3].map(() => tokens.getAccessToken(ref)));
    expect(new Set(await bench.run(Promise.all(wanted)))).toEqual(new Set([token]));
    expect(bench.clock.monotonic()).toBe(began);
    await bench.clock.advance(10 * S);
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(await instance.tokens.getAccessToken(ref)).not.toBe(token);
  });

  it.each<[string, (all: Awaited<ReturnType<typeof installed>>) => void]>([
    ['HighLevel', ({ bench }) => void bench.simulator.outage({ status: 500 }, { path: 'oauth' })],
    ['the network', ({ bench }) => void bench.simulator.outage('hang', { path: 'oauth' })],
    ['the store', ({ store }) => store.fail('before', { times: Number.POSITIVE_INFINITY })],
    ['a store that hangs', ({ store }) => store.fail('hang', { times: Number.POSITIVE_INFINITY })],
  ])('trouble costs nobody anything: %s', async (_, trouble) => {
    const all = await installed();
    const { bench, instance, ref, token } = all;
    await bench.clock.advance(LIFE - 30 * MINUTE);
    trouble(all);
    for (let minute = 0; minute < 29; minute += 1) {
      const began = bench.clock.monotonic();
      expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
      expect(bench.clock.monotonic()).toBe(began);
      await bench.clock.advance(MINUTE);
    }
  });

  it('a failing store costs a look every few seconds, not one a call', async () => {
    const { bench, store, instance, ref } = await installed();
    await bench.clock.advance(LIFE - 30 * MINUTE);
    store.fail('before', { times: Number.POSITIVE_INFINITY });
    const calls = store.calls.length;
    for (let tenth = 0; tenth < 600; tenth += 1) {
      await bench.run(instance.tokens.getAccessToken(ref));
      await bench.clock.advance(100);
    }
    expect(store.calls.length - calls).toBeLessThanOrEqual(30);
  });
});

describe('in the mandatory window', () => {
  it('all wait for the one renewal', async () => {
    const { bench, instance, ref, token } = await installed();
    await bench.clock.advance(LIFE - 30 * S);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3 * S } });
    const tokens = await bench.run(Promise.all([1, 2, 3].map(() => instance.tokens.getAccessToken(ref))));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(token);
  });

  it('the token is served to its end where the renewal fails', async () => {
    const { bench, store, instance, ref, token } = await installed();
    await bench.clock.advance(LIFE - 40 * S);
    const outage = bench.simulator.outage({ status: 500 }, { path: 'oauth' });
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
    outage.end();
    store.fail('before', { times: Number.POSITIVE_INFINITY });
    await bench.clock.advance(20 * S);
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
    await bench.clock.advance(21 * S);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    store.mend();
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});

describe('minValidityMs', () => {
  it('gets a token that stays valid for so long', async () => {
    const { bench, instance, ref, token } = await installed();
    await bench.clock.advance(LIFE - 3 * HOUR);
    expect(await bench.run(instance.tokens.getAccessToken(ref, { minValidityMs: 2 * HOUR }))).toBe(token);
    const credential = await bench.run(instance.tokens.getCredential(ref, { minValidityMs: 4 * HOUR }));
    expect(credential.expiresAt.getTime() - bench.clock.now()).toBeGreaterThanOrEqual(4 * HOUR);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('of many different lengths at the same time costs one renewal', async () => {
    const { bench, store, instance, ref } = await installed();
    await bench.clock.advance(LIFE - 2 * HOUR);
    const calls = store.calls.length;
    const wanted = Array.from({ length: 500 }, (_, n) =>
      instance.tokens.getAccessToken(ref, { minValidityMs: 3 * HOUR + n * S }),
    );
    expect(new Set(await bench.run(Promise.all(wanted))).size).toBe(1);
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(store.calls.length - calls).toBeLessThan(10);
  });
});
