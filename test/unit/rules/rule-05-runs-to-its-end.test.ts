import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const DAY = 86_400_000;
const TOKEN = { path: '/oauth/token', grantType: 'refresh_token' } as const;

const expired = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store });
  const ref = await bench.installed(instance);
  await bench.clock.advance(DAY);
  const stored = async () =>
    (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!.installation;
  return { bench, store, instance, ref, stored };
};

describe('a rotation runs to its end', () => {
  it('when the caller who started it goes away', async () => {
    const { bench, instance, ref, stored } = await expired();
    bench.simulator.fault({ match: TOKEN, do: { delayMs: 3 * S } });
    const gone = new AbortController();
    const asked = instance.tokens.getAccessToken(ref, { signal: gone.signal });
    const joined = instance.tokens.getAccessToken(ref);
    await bench.clock.advance(1 * S);
    gone.abort(new Error('the client hung up'));
    await expect(asked).rejects.toThrow('the client hung up');
    expect(await bench.run(joined)).toEqual(expect.any(String));
    expect(await stored()).toMatchObject({ generation: 2, lease: null });
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it('when nobody is left who waits for it', async () => {
    const { bench, instance, ref, stored } = await expired();
    bench.simulator.fault({ match: TOKEN, do: { delayMs: 3 * S } });
    const gone = new AbortController();
    const asked = instance.tokens.getAccessToken(ref, { signal: gone.signal });
    await bench.clock.advance(1 * S);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await bench.clock.advance(3 * S);
    expect(await stored()).toMatchObject({ generation: 2 });
  });

  it('when the time limit for waiting passes', async () => {
    const { bench, instance, ref, stored } = await expired();
    bench.simulator.fault({ match: TOKEN, times: 2, do: { delayMs: 9 * S } });
    const short = bench.instance({ options: { timeouts: { tokenWaitMs: 2 * S } } });
    await expect(
      bench.run(Promise.race([short.tokens.getAccessToken(ref), bench.clock.sleep(5 * S)])),
    ).rejects.toMatchObject({
      code: 'GHL_TOKEN_WAIT_TIMEOUT',
      retryable: true,
    });
    await bench.clock.advance(10 * S);
    expect(await stored()).toMatchObject({ generation: 2 });
    expect(instance.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('and one whose signal is aborted already starts nothing', async () => {
    const { bench, instance, ref } = await expired();
    const signal = AbortSignal.abort(new Error('gone before'));
    await expect(instance.tokens.getAccessToken(ref, { signal })).rejects.toThrow('gone before');
    await bench.clock.advance(1 * S);
    expect(bench.ledger.refreshes()).toEqual([]);
  });
});

describe('shutdown', () => {
  it('waits for a rotation under way and its write', async () => {
    const { bench, instance, ref, stored } = await expired();
    bench.simulator.fault({ match: TOKEN, do: { delayMs: 3 * S } });
    const asked = instance.tokens.getAccessToken(ref);
    await bench.clock.advance(1 * S);
    await bench.run(instance.engine.close());
    expect(await stored()).toMatchObject({ generation: 2, lease: null });
    await expect(asked).resolves.toEqual(expect.any(String));
  });

  it('waits for the exchange of a code and its write', async () => {
    const { bench, instance, ref, stored } = await expired();
    const { code } = bench.simulator.authorizeAgain(ref);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3 * S } });
    const asked = instance.tokens.exchangeCode(code);
    await bench.clock.advance(1 * S);
    await bench.run(instance.engine.close());
    expect(await stored()).toMatchObject({ generation: 2, credential: { origin: 'code' } });
    await asked;
  });

  it('goes on trying to store what the store does not take', async () => {
    const { bench, store, instance, ref, stored } = await expired();
    store.fail('before', { on: 'save', after: 2, times: 12 });
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    await bench.run(instance.engine.close());
    expect((await stored()).credential?.accessToken).toBe(token);
    expect(instance.log.map(({ message }) => message).join()).not.toContain('it is lost');
  });

  it('is bounded, and says what is lost', async () => {
    const { bench, store, instance, ref } = await expired();
    store.fail('before', { on: 'save', after: 2, times: Number.POSITIVE_INFINITY });
    await bench.run(instance.tokens.getAccessToken(ref));
    const began = bench.clock.monotonic();
    await bench.run(instance.engine.close());
    expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(26 * S);
    const last = instance.log.filter(({ level }) => level === 'error').at(-1);
    expect(last).toMatchObject({
      message: expect.stringContaining('lost'),
      fields: { keys: [expect.stringContaining(ref.locationId)] },
    });
    await bench.clock.advance(10 * 60 * S);
    const saves = store.count('save');
    await bench.clock.advance(10 * 60 * S);
    expect(store.count('save')).toBe(saves);
  });

  it('is bounded where the store or the listener hangs', async () => {
    const bench = new Workbench();
    const listener = { onInstallationChange: () => new Promise<void>(() => undefined) };
    const instance = bench.instance({ listener, options: { timeouts: { listenerMs: 3_600_000 } } });
    await bench.installed(instance);
    await bench.run(
      Promise.race([
        instance.engine.close(),
        bench.clock.sleep(26 * S).then(() => Promise.reject(new Error('too long'))),
      ]),
    );
  });

  it('starts nothing further, and still serves what is at hand', async () => {
    const { bench, instance, ref } = await expired();
    const other = await bench.installed(instance);
    const token = await bench.run(instance.tokens.getAccessToken(other));
    await bench.run(instance.engine.close());
    const shuttingDown = { code: 'GHL_SHUTTING_DOWN', retryable: true };
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject(shuttingDown);
    await expect(bench.run(instance.reconnects.reconnect(ref))).rejects.toMatchObject(shuttingDown);
    expect(await instance.tokens.getAccessToken(other)).toBe(token);
    expect(bench.ledger.refreshes()).toEqual([]);
  });

  // The story: nothing was under way, and the callback of a customer came after the end. Its pair would have met a store that was closed.
  it('presents no code and writes no tombstone that nobody would wait for: the customer can come back to another instance', async () => {
    const { bench, instance, ref } = await expired();
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.engine.close());
    const shuttingDown = { code: 'GHL_SHUTTING_DOWN', retryable: true };
    await expect(bench.run(instance.tokens.exchangeCode(code))).rejects.toMatchObject(shuttingDown);
    await expect(bench.run(instance.tokens.markUninstalled(ref))).rejects.toMatchObject(shuttingDown);
    await bench.run(bench.instance().tokens.exchangeCode(code));
    expect(bench.ledger.exchanges({ locationId: ref.locationId }).at(-1)?.outcome).toBe('issued');
  });

  it('takes a customer in who comes back while it waits for something else', async () => {
    const { bench, instance, ref, stored } = await expired();
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 8 * S } });
    instance.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(1 * S);
    const closing = instance.engine.close();
    await bench.clock.advance(1 * S);
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.run(closing);
    expect((await stored()).credential?.origin).toBe('code');
  });

  it('leaves what it could not finish to another instance', async () => {
    const { bench, instance, ref } = await expired();
    bench.simulator.fault({ match: TOKEN, times: 2, do: 'hang' });
    const asked = instance.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(1 * S);
    await bench.run(instance.engine.close());
    await bench.run(asked);
    await bench.clock.advance(10 * S);
    await expect(bench.run(bench.instance().tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});
