import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const DAY = 86_400_000;

const benchWithStore = () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  return { bench, store };
};

describe('while a lease is valid no second rotation starts', () => {
  it('however many requests of however many instances want it', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 8 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 9 * S } });
    const mark = bench.ledger.mark();
    const wanted = instances.flatMap(({ tokens }) => Array.from({ length: 25 }, () => tokens.getAccessToken(ref)));
    expect(new Set(await bench.run(Promise.all(wanted))).size).toBe(1);
    expect(bench.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });

  it('nor where several instances were asked to rotate on purpose at the same time', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 5 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    const mark = bench.ledger.mark();
    const refreshed = await bench.run(Promise.all(instances.map(({ tokens }) => tokens.refresh(ref))));
    expect(new Set(refreshed.map(({ id }) => id)).size).toBe(1);
    expect(bench.ledger.since(mark).rotations()).toHaveLength(1);
  });

  it('nor where the answer is lost and presented again', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 4 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { kind: 'lost', delayMs: 9 * S } });
    await bench.run(Promise.all(instances.map(({ tokens }) => tokens.getAccessToken(ref))));
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.graceRepeats()).toHaveLength(1);
    expect(bench.ledger.overlapping()).toEqual([]);
  });

  it('nor while Reconnect takes longer than a lease: its holder renews it', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 4 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    bench.simulator.invalidateAll();
    bench.simulator.outage({ delayMs: 9 * S }, { path: /oauth/ });
    await bench.clock.advance(DAY);
    await bench.run(Promise.all(instances.map(({ tokens }) => tokens.getAccessToken(ref))));
    expect(bench.ledger.reconnects()).toHaveLength(1);
    expect(bench.ledger.exchanges()).toHaveLength(2);
  });

  it('nor while it takes longer than several leases, however long others have waited by then', async () => {
    const bench = new Workbench();
    const instances = Array.from({ length: 4 }, () => bench.instance());
    const ref = await bench.installed(instances[0]!);
    bench.simulator.invalidateAll();
    bench.simulator.fault({
      match: { grantType: 'authorization_code' },
      do: { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid code' } },
    });
    bench.simulator.outage({ delayMs: 8 * S }, { path: /oauth/ });
    await bench.clock.advance(DAY);
    const began = bench.clock.monotonic();
    const tokens = await bench.run(Promise.all(instances.map(({ tokens }) => tokens.getAccessToken(ref))));
    expect(bench.clock.monotonic() - began).toBeGreaterThan(30 * S);
    expect(new Set(tokens).size).toBe(1);
    expect(bench.ledger.refreshes()).toHaveLength(1);
    expect(bench.ledger.reconnects()).toHaveLength(2);
    expect(bench.ledger.overlapping()).toEqual([]);
  });

  it('nor does one whose lease was taken over touch the lease of its successor', async () => {
    const bench = new Workbench();
    const late = new SimulatedProcess();
    const [first, second, third] = [bench.instance({ process: late }), bench.instance(), bench.instance()];
    const ref = await bench.installed(second);
    await bench.clock.advance(DAY);
    // The first one is stopped in its second call, which fails as well, and wakes up while the second one is in its own.
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { status: 503 } });
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { status: 503, delayMs: 1 * S } });
    const asked = first.tokens.getAccessToken(ref);
    await bench.clock.advance(500);
    late.stop();
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 9 * S } });
    const taken = second.tokens.getAccessToken(ref);
    await bench.clock.advance(17 * S);
    expect(bench.ledger.refreshes()).toHaveLength(3);
    late.wake();
    await bench.clock.advance(1 * S);
    const waiting = third.tokens.getAccessToken(ref);
    expect(new Set(await bench.run(Promise.all([asked, taken, waiting]))).size).toBe(1);
    expect(bench.ledger.refreshes()).toHaveLength(3);
    expect(bench.ledger.overlapping()).toEqual([]);
  });
});

describe('a holder that dies is succeeded within seconds', () => {
  it.each(['before', 'after'] as const)('killed at its call to HighLevel, %s it took effect', async (moment) => {
    const bench = new Workbench();
    const doomed = new SimulatedProcess();
    const [first, second] = [bench.instance({ process: doomed }), bench.instance()];
    const ref = await bench.installed(second);
    await bench.clock.advance(DAY);
    doomed.killAt((port) => port === 'highlevel', moment);
    void first.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(10);
    const began = bench.clock.monotonic();
    const token = await bench.run(second.tokens.getAccessToken(ref));
    expect(bench.clock.monotonic() - began).toBeLessThan(16 * S);
    expect(bench.simulator.describeToken(token)?.state).toBe('live');
    expect(bench.ledger.rotations()).toHaveLength(1);
  });
});

describe('a holder that was stopped for longer than its lease', () => {
  const stoppedInItsCall = async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const [first, second] = [bench.instance({ process }), bench.instance()];
    const ref = await bench.installed(second);
    await bench.clock.advance(DAY);
    const asked = first.tokens.getAccessToken(ref);
    asked.catch(() => undefined);
    process.stop();
    // Whatever it had to do in the store is let through; its call's answer arrives while it is stopped.
    return { bench, process, first, second, ref, asked };
  };

  it('stores what it got when it wakes up, where nothing newer is stored', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const first = bench.instance({ process });
    const ref = await bench.installed(first);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 1 * S } });
    const asked = first.tokens.getAccessToken(ref);
    asked.catch(() => undefined);
    await bench.clock.advance(500);
    process.stop();
    await bench.clock.advance(60 * S);
    process.wake();
    const token = await bench.run(asked.catch(() => first.tokens.getAccessToken(ref)));
    const other = bench.instance();
    expect(await bench.run(other.tokens.getAccessToken(ref))).toBe(token);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('stores it also where another instance has taken the lease meanwhile, and that one serves it', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const [first, second] = [bench.instance({ process }), bench.instance()];
    const ref = await bench.installed(second);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 1 * S } });
    const asked = first.tokens.getAccessToken(ref);
    asked.catch(() => undefined);
    await bench.clock.advance(500);
    process.stop();
    // The second one takes over after a lease's time; its own presentation gets no answer at first.
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { status: 503, delayMs: 9 * S } });
    const taken = second.tokens.getAccessToken(ref);
    await bench.clock.advance(20 * S);
    process.wake();
    const [one, other] = await bench.run(Promise.all([asked, taken]));
    expect(other).toBe(one);
  });

  it('drops it where a successor of the same credential is stored', async () => {
    const bench = new Workbench({ settings: { token: { graceRepeatsAccessToken: false } } });
    const process = new SimulatedProcess();
    const [first, second] = [bench.instance({ process }), bench.instance()];
    const ref = await bench.installed(second);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 1 * S } });
    const asked = first.tokens.getAccessToken(ref);
    asked.catch(() => undefined);
    await bench.clock.advance(500);
    process.stop();
    const successor = await bench.run(second.tokens.getAccessToken(ref));
    process.wake();
    expect(await bench.run(asked.catch(() => first.tokens.getAccessToken(ref)))).toBe(successor);
    const { generation } = await second.tokens.status(ref);
    expect(generation).toBe(2);
  });

  it('does not present anything if it was stopped before its call', async () => {
    const { bench, process, first, second, ref, asked } = await stoppedInItsCall();
    const token = await bench.run(second.tokens.getAccessToken(ref));
    process.wake();
    expect(await bench.run(asked.catch(() => first.tokens.getAccessToken(ref)))).toBe(token);
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });
});

describe('a repository that does not do what it promises', () => {
  it('and calls everything a conflict ends in GHL_STORE_FAILED, not in a loop', async () => {
    const { bench, store } = benchWithStore();
    const instance = bench.instance({ repository: store });
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    store.fail('conflict', { on: 'save', times: Number.POSITIVE_INFINITY });
    const calls = store.calls.length;
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    await expect(bench.run(instance.tokens.markUninstalled(ref))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    await expect(bench.run(instance.reconnects.reconnect(ref))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    expect(store.calls.length - calls).toBeLessThan(300);
    expect(bench.ledger.refreshes()).toEqual([]);
  });

  it('and says that it saved what it did not ends in GHL_STORE_FAILED, and presents nothing twice', async () => {
    const { bench, store } = benchWithStore();
    const instance = bench.instance({ repository: store, listener: null });
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    store.fail(
      { answer: true },
      { on: 'save', times: Number.POSITIVE_INFINITY, when: (key) => key.startsWith('installation') },
    );
    await bench.run(instance.tokens.getAccessToken(ref).catch(() => undefined));
    await bench.run(instance.tokens.getAccessToken(ref).catch(() => undefined));
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('and answers nonsense ends in GHL_STORE_FAILED that names the operation', async () => {
    const { bench, store } = benchWithStore();
    const instance = bench.instance({ repository: store });
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    store.fail({ answer: { rowCount: 1 } }, { on: 'save', times: 50 });
    const failed = expect.objectContaining({ code: 'GHL_STORE_FAILED', message: expect.stringContaining('save()') });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toEqual(failed);
    store.mend();
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});
