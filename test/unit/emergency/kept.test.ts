import { describe, expect, it } from '@jest/globals';
import type { SinkFault } from '../../support/faulty-sink.js';
import type { Instance, Workbench } from '../../support/workbench.js';
import { expired, failStoreAtTheCall, FOR_EVER } from './support/scene.js';

const S = 1_000;
const MINUTE = 60 * S;

const said = ({ log }: Instance, level: string): string[] =>
  log.filter((line) => line.level === level).map(({ message }) => message);

/** Also where nobody but time limits in the background would move the clock. */
const isDoneWithin = async ({ clock }: Workbench, ms: number, work: Promise<unknown>): Promise<boolean> => {
  let isDone = false;
  void work.then(() => (isDone = true));
  await clock.advance(ms);
  return isDone;
};

describe('a new pair that the store does not take', () => {
  it('is put into the emergency sink, and removed from it once it is stored', async () => {
    const scene = await expired();
    const { bench, store, sink, instance, want } = scene;
    failStoreAtTheCall(scene);
    const token = await want();
    await bench.clock.advance(1);
    expect([...sink.entries.values()].join()).toContain(token);
    expect(said(instance, 'error')).toEqual([expect.stringContaining('put into the emergency sink')]);
    expect(said(instance, 'warn')).toEqual([expect.stringContaining('is in the emergency sink')]);
    await bench.clock.advance(2 * MINUTE);
    store.mend();
    await bench.clock.advance(MINUTE);
    expect(sink.entries.size).toBe(0);
    expect((await scene.stored())?.installation.credential?.accessToken).toBe(token);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('for a moment only, never gets there', async () => {
    const { store, sink, want } = await expired();
    store.fail('before', { on: 'save', after: 2, times: 3 });
    await want();
    expect(sink.calls).not.toContain('put');
  });

  it('is in the sink once, however often it is tried to store it', async () => {
    const scene = await expired();
    failStoreAtTheCall(scene);
    await scene.want();
    await scene.bench.clock.advance(10 * MINUTE);
    expect(scene.sink.calls.filter((call) => call === 'put')).toHaveLength(1);
    expect(scene.sink.entries.size).toBe(1);
  });

  it('gives way in the sink to what the customer authorizes later, and both are gone when that is stored', async () => {
    const scene = await expired();
    const { bench, store, sink, instance, ref } = scene;
    failStoreAtTheCall(scene);
    await scene.want();
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(2);
    store.mend();
    await bench.clock.advance(MINUTE);
    expect(sink.entries.size).toBe(0);
    expect((await scene.stored())?.installation.credential?.origin).toBe('code');
  });

  it('which a code or the company brought is kept like any other; what failed is not', async () => {
    const { bench, store, sink, instance, ref } = await expired();
    bench.simulator.killRefreshToken(ref);
    store.fail('before', { on: 'save', when: (_, record) => record?.state === 'needs_reauthorization', ...FOR_EVER });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
    });
    await bench.clock.advance(MINUTE);
    expect(sink.entries.size).toBe(0);
    store.fail('before', FOR_EVER);
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.tokens.exchangeCode(code).catch(() => undefined));
    await bench.clock.advance(1);
    expect(sink.entries.size).toBe(1);
  });
});

describe('a sink that fails as well', () => {
  it.each<SinkFault>(['throws', 'hangs', 'hangsAfter'])(
    'keeps nobody waiting, is told of loudly without a secret, and tried until it works (%s)',
    async (fault) => {
      const scene = await expired();
      const { bench, sink, instance, want } = scene;
      failStoreAtTheCall(scene);
      sink.fail(fault, ['put', 'remove']);
      const began = bench.clock.monotonic();
      const token = await want();
      expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(2 * S);
      for (let times = 0; times < 5; times += 1) {
        await bench.clock.advance(MINUTE);
        const asked = bench.clock.monotonic();
        expect(await want()).toBe(token);
        expect(bench.clock.monotonic()).toBe(asked);
      }
      const complaints = said(instance, 'error').filter((text) => text.includes('neither in the store nor'));
      expect(complaints.length).toBeGreaterThan(3);
      expect(JSON.stringify(instance.log)).not.toContain(token.slice(0, 40));
      sink.mend();
      await bench.clock.advance(2 * MINUTE);
      expect([...sink.entries.values()].join()).toContain(token);
      scene.store.mend();
      await bench.clock.advance(MINUTE);
      expect(sink.entries.size).toBe(0);
    },
  );

  it('at removing leaves an entry, which a later look finds to be pointless and removes', async () => {
    const scene = await expired();
    const { bench, store, sink } = scene;
    failStoreAtTheCall(scene);
    const token = await scene.want();
    await bench.clock.advance(MINUTE);
    sink.fail('throws', ['remove']);
    store.mend();
    await bench.clock.advance(MINUTE);
    expect(sink.entries.size).toBe(1);
    sink.mend();
    await bench.clock.advance(6 * MINUTE);
    expect(sink.entries.size).toBe(0);
    expect((await scene.stored())?.installation).toMatchObject({ generation: 2, credential: { accessToken: token } });
  });

  it('while the store works does no harm to anybody', async () => {
    const { bench, sink, want, instance } = await expired();
    sink.fail('throws');
    await want();
    await bench.run(instance.engine.close());
    expect(bench.ledger.rotations()).toHaveLength(1);
  });
});

describe('shutdown', () => {
  it('does not wait for the store any longer once everything is in the sink', async () => {
    const scene = await expired();
    const { bench, instance, sink } = scene;
    failStoreAtTheCall(scene);
    await scene.want();
    const began = bench.clock.monotonic();
    await bench.run(instance.engine.close());
    expect(bench.clock.monotonic() - began).toBeLessThan(2 * S);
    expect(sink.entries.size).toBe(1);
    expect(said(instance, 'error').join()).not.toContain('it is lost');
    expect(said(instance, 'warn').at(-1)).toContain('it is in the emergency sink, for the next start');
  });

  it.each(['before', 'hang'] as const)(
    'has in the sink what HighLevel answers in its last moment (store: %s)',
    async (fault) => {
      const { bench, store, sink, instance, ref } = await expired({ options: { timeouts: { shutdownMs: 12 * S } } });
      bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 9 * S } });
      const asked = instance.tokens.getAccessToken(ref).catch(() => undefined);
      await bench.clock.advance(500);
      store.fail(fault, FOR_EVER);
      expect(await isDoneWithin(bench, 12 * S, instance.engine.close())).toBe(true);
      expect(sink.entries.size).toBe(1);
      await bench.run(asked);
    },
  );

  it('is bounded where store and sink hang, and says what is lost', async () => {
    const scene = await expired();
    const { bench, instance, sink } = scene;
    sink.fail('hangs');
    failStoreAtTheCall(scene);
    await scene.want();
    expect(await isDoneWithin(bench, 25 * S, instance.engine.close())).toBe(true);
    expect(said(instance, 'error').at(-1)).toContain('it is lost');
  });
});
