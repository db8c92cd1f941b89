import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const DAY = 86_400_000;

const expired = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store });
  const ref = await bench.installed(instance);
  const before = await bench.run(instance.tokens.getCredential(ref));
  await bench.clock.advance(DAY);
  return { bench, store, instance, ref, before };
};

describe('callers who join work that was started for something else', () => {
  it('have what they want from it where it brings that', async () => {
    const { bench, instance, ref, before } = await expired();
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3 * S } });
    const { tokens, reconnects } = instance;
    const outcomes = await bench.run(
      Promise.all([
        tokens.getAccessToken(ref),
        tokens.refresh(ref).then(({ token }) => token),
        tokens.refresh(ref, { rejected: before.id }).then(({ token }) => token),
        reconnects.recover(ref, { rejected: before.token }).then(({ credential }) => credential.token),
        tokens.getAccessToken(ref, { minValidityMs: 3_600_000 }),
      ]),
    );
    expect(new Set(outcomes).size).toBe(1);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('a thousand of them, each with a rejected token of its own, cost one look each at most', async () => {
    const { bench, store, instance, ref } = await expired();
    const calls = store.calls.length;
    const wanted = Array.from({ length: 1_000 }, (_, n) => instance.tokens.refresh(ref, { rejected: `rejected-${n}` }));
    const ids = (await bench.run(Promise.all(wanted))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(store.calls.length - calls).toBeLessThan(10);
  });

  it('are not failed by a wish of somebody else that failed', async () => {
    const { bench, instance, ref } = await expired();
    bench.simulator.setReconnect('removed');
    bench.simulator.fault({ match: { path: '/oauth/reconnect' }, do: { delayMs: 2 * S } });
    const wish = instance.reconnects.reconnect(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(1 * S);
    const token = instance.tokens.getAccessToken(ref);
    expect(await bench.run(wish)).toBe('GHL_RECONNECT_UNAVAILABLE');
    expect(await bench.run(token)).toEqual(expect.any(String));
  });

  it('with the same wish share its fulfilment: a hundred reconnects are one', async () => {
    const { bench, instance, ref } = await expired();
    const wanted = Array.from({ length: 100 }, () => instance.reconnects.reconnect(ref));
    const results = await bench.run(Promise.all(wanted));
    expect(new Set(results.map(({ credential }) => credential.id)).size).toBe(1);
    expect(new Set(results.map(({ traceId }) => traceId)).size).toBe(1);
    expect(results[0]).toMatchObject({ traceId: expect.any(String), expiresAt: expect.any(Date) });
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });

  it('wait within their own time limit, however often they have to join anew', async () => {
    const bench = new Workbench({}, 7);
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    bench.simulator.setReconnect('removed');
    bench.simulator.outage({ delayMs: 9 * S }, { path: 'oauth' });
    const wishes = bench.app.clients.map(({ clientId }) =>
      instance.reconnects.reconnect(ref, { clientId }).catch(() => undefined),
    );
    const began = bench.clock.monotonic();
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_TOKEN_WAIT_TIMEOUT',
    });
    expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(46 * S);
    await bench.run(Promise.all(wishes));
  });
});

describe('the work of a flight', () => {
  it('runs in no caller’s context: repository, directory and listener see neither request nor transaction', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen = new Set<string>();
    const note = (where: string): void => void (request.getStore() !== undefined && seen.add(where));
    const bench = new Workbench();
    const spied: GhlAuthRepository = {
      find: (key) => (note('find'), bench.store.find(key)),
      save: (record, expected) => (note('save'), bench.store.save(record, expected)),
      list: (query) => (note('list'), bench.store.list(query)),
      remove: (key, expected) => (note('remove'), bench.store.remove(key, expected)),
    };
    const instance = bench.instance({
      repository: spied,
      directory: { find: () => (note('directory'), { companyId: undefined }) },
      listener: {
        onInstallationChange: () => {
          note('listener');
          return Promise.reject(new Error('again'));
        },
      },
    });
    const { locationId } = bench.simulator.addLocation();
    const { code } = bench.simulator.installLocation(locationId);
    const other = bench.simulator.addLocation().locationId;
    bench.simulator.installLocation(other);
    await request.run('a request', async () => {
      const { tokens, reconnects } = instance;
      await bench.run(tokens.exchangeCode(code));
      await bench.run(tokens.getAccessToken({ locationId: other }));
      await bench.run(reconnects.reconnect({ locationId }));
      await bench.run(tokens.refresh({ locationId }));
      await bench.run(tokens.status({ locationId }));
      await bench.clock.advance(DAY);
      await bench.run(tokens.getAccessToken({ locationId }));
      await bench.run(tokens.markUninstalled({ companyId: 'company1' }));
      await bench.clock.advance(60 * S);
    });
    expect([...seen]).toEqual([]);
  });

  it('nor does what the timer of a waiting caller sets off', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const bench = new Workbench();
    const listener = {
      onInstallationChange: () => {
        seen.push(request.getStore());
        return Promise.reject(new Error('again'));
      },
    };
    const instance = bench.instance({ listener, options: { timeouts: { tokenWaitMs: 100 } } });
    const ref = await bench.installed(instance);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3 * S } });
    await request.run('a request', async () => {
      const asked = instance.tokens.refresh(ref).catch(() => undefined);
      await bench.clock.advance(10 * S);
      await asked;
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it('keeps the caller in its own context', async () => {
    const request = new AsyncLocalStorage<string>();
    const { bench, instance, ref } = await expired();
    const context = request.run('mine', async () => {
      await bench.run(instance.tokens.getAccessToken(ref));
      return request.getStore();
    });
    expect(await context).toBe('mine');
  });

  it('has one timer, however many wait', async () => {
    const { bench, instance, ref } = await expired();
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3 * S } });
    const wanted = Array.from({ length: 1_000 }, () => instance.tokens.getAccessToken(ref));
    await bench.clock.advance(1 * S);
    // HighLevel's delay, and the one alarm of those who wait.
    expect(bench.clock.pendingSleeps).toBeLessThanOrEqual(2);
    await bench.run(Promise.all(wanted));
  });

  it('whose callers have all gone away fails without an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const { bench, store, instance, ref } = await expired();
    store.fail('before', { times: Number.POSITIVE_INFINITY });
    const gone = new AbortController();
    const asked = instance.tokens.getAccessToken(ref, { signal: gone.signal }).catch(() => undefined);
    gone.abort();
    await asked;
    await bench.clock.advance(10 * S);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
});
