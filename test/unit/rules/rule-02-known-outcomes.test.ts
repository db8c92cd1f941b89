import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TOKEN = { path: '/oauth/token', grantType: 'refresh_token' } as const;

const expired = async () => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store });
  const ref = await bench.installed(instance);
  await bench.clock.advance(DAY);
  const want = (from: Instance = instance): Promise<string> => bench.run(from.tokens.getAccessToken(ref));
  return { bench, store, instance, ref, want };
};

describe('where the outcome of a presentation is unknown', () => {
  it('the token is presented again at once, once', async () => {
    const { bench, want } = await expired();
    bench.simulator.fault({ match: TOKEN, do: 'lost' });
    const began = bench.clock.monotonic();
    await want();
    expect(bench.clock.monotonic() - began).toBeLessThan(1 * S);
    expect(bench.ledger.refreshes().map(({ outcome }) => outcome)).toEqual(['issued', 'repeated']);
  });

  it('and then at the pace of the back-off, by the whole fleet, until an answer says yes or no', async () => {
    const { bench, store, instance, ref } = await expired();
    const fleet = [instance, bench.instance({ repository: store }), bench.instance({ repository: store })];
    const outage = bench.simulator.outage({ status: 503 }, TOKEN);
    for (let minute = 0; minute < 60; minute += 1) {
      await Promise.all(fleet.map(({ tokens }) => bench.run(tokens.getAccessToken(ref)).catch(() => undefined)));
      await bench.clock.advance(MINUTE);
    }
    const during = bench.ledger.refreshes().length;
    expect(during).toBeGreaterThanOrEqual(6);
    expect(during).toBeLessThanOrEqual(12);
    outage.end();
    await bench.clock.advance(HOUR);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('who finds the mark of a process that died presents it once, and only once if that is lost too', async () => {
    const { bench, store, ref, want } = await expired();
    const process = new SimulatedProcess();
    const doomed = bench.instance({ process, repository: store });
    process.killAt((port) => port === 'highlevel', 'after');
    void doomed.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(1);
    bench.simulator.fault({ match: TOKEN, do: { status: 502 } });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE', retryAt: expect.any(Date) });
    expect(bench.ledger.refreshes()).toHaveLength(2);
    await bench.clock.advance(6 * S);
    await want();
    expect(bench.ledger.refreshes().map(({ outcome }) => outcome)).toEqual(['issued', 'faulted', 'repeated']);
  });

  it('an answer that cannot be read leaves the outcome open, and the stored credential as it is', async () => {
    const { bench, want } = await expired();
    bench.simulator.fault({ match: TOKEN, do: { kind: 'truncated', handled: true } });
    await want();
    expect(bench.ledger.refreshes().map(({ outcome }) => outcome)).toEqual(['issued', 'repeated']);
  });
});

describe('what HighLevel has certainly not seen counts as not presented', () => {
  it.each([
    ['a connection that never opened', 'refused' as const],
    ['a 429', { status: 429 }],
  ])('%s is not repeated at once, and leaves no mark', async (_, fault) => {
    const { bench, instance, ref, want } = await expired();
    bench.simulator.fault({ match: TOKEN, do: fault });
    await expect(want()).rejects.toMatchObject({ retryable: true });
    expect(bench.ledger.refreshes()).toHaveLength(1);
    const { installation } = (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!;
    expect(installation).toMatchObject({ state: 'retrying', mark: null, lease: null });
    await bench.clock.advance(10 * S);
    // So a later presentation that is lost is the first one, and is repeated at once.
    bench.simulator.fault({ match: TOKEN, do: 'lost' });
    await want();
    expect(bench.ledger.refreshes()).toHaveLength(3);
  });

  it('but it does not make an earlier unknown outcome known', async () => {
    const { bench, instance, ref, want } = await expired();
    bench.simulator.fault({ match: TOKEN, times: 2, do: 'reset' });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
    await bench.clock.advance(10 * S);
    bench.simulator.fault({ match: TOKEN, do: 'refused' });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
    const { installation } = (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!;
    expect(installation.mark).toMatchObject({ times: 2 });
  });

  it('and a 429 is waited out for as long as it asks', async () => {
    const { bench, want } = await expired();
    bench.simulator.fault({ match: TOKEN, do: { retryAfter: 300 } });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_RATE_LIMITED' });
    await bench.clock.advance(299 * S);
    await expect(want()).rejects.toMatchObject({ code: 'GHL_RECOVERY_PENDING' });
    await bench.clock.advance(2 * S);
    await expect(want()).resolves.toEqual(expect.any(String));
  });
});

describe('a refresh token that was definitely refused is never presented again', () => {
  const refused = async () => {
    const all = await expired();
    all.bench.simulator.killRefreshToken(all.ref);
    all.bench.simulator.setReconnect('removed');
    return all;
  };

  it('by any instance', async () => {
    const { bench, store, want } = await refused();
    await expect(want()).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    bench.simulator.setReconnect('available');
    await bench.clock.advance(2 * HOUR);
    await want(bench.instance({ repository: store }));
    expect(bench.ledger.presentedTwice()).toEqual([]);
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it('where the store fails right after the refusal, for a moment', async () => {
    const { bench, store, instance, want } = await refused();
    store.fail('before', { on: 'save', after: 2, times: 2 });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(store.count('save')).toBeGreaterThan(4);
    expect(instance.log.filter(({ level }) => level === 'error').map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining('held in memory'),
    );
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it.each(['before', 'after', 'hang', 'hangAfter'] as const)('where it fails for long (%s)', async (fault) => {
    const { bench, store, instance, want } = await refused();
    store.fail(fault, { on: 'save', after: 2, times: 30 });
    await expect(want()).rejects.toMatchObject({ retryable: true });
    await bench.clock.advance(10 * MINUTE);
    expect(bench.ledger.refreshes()).toHaveLength(1);
    store.mend();
    await bench.clock.advance(10 * MINUTE);
    // The refusal got into the store without anybody asking for a token.
    await expect(want(bench.instance({ repository: store }))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
    });
    await expect(want()).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(bench.ledger.refreshes()).toHaveLength(1);
    expect(instance.log.map(({ message }) => message).join()).not.toContain('undefined');
  });

  it('after a conflict with an unrelated write, such as the teller’s', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = bench.instance({ repository: store, listener: { onInstallationChange: () => held } });
    const ref = await bench.installed(slow);
    await bench.clock.advance(DAY);
    bench.simulator.killRefreshToken(ref);
    bench.simulator.setReconnect('removed');
    bench.simulator.fault({ match: TOKEN, do: { delayMs: 5 * S } });
    const asked = slow.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(1 * S);
    release();
    expect(await bench.run(asked)).toBe('GHL_NEEDS_REAUTHORIZATION');
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });

  it('where a backup is restored, by the process that heard the refusal', async () => {
    const { bench, store, want } = await refused();
    const backup = await store.backup();
    await expect(want()).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    await store.restore(backup);
    await bench.clock.advance(1 * MINUTE);
    await expect(want()).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('where it was taken over meanwhile: who holds the lease then sees the refusal before its own call', async () => {
    const { bench, store, ref } = await refused();
    const [late, next] = [new SimulatedProcess(), new SimulatedProcess()];
    const first = bench.instance({ process: late, repository: store });
    const second = bench.instance({ process: next, repository: store });
    bench.simulator.fault({ match: TOKEN, do: { delayMs: 500 } });
    const asked = first.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(100);
    late.stop();
    await bench.clock.advance(1 * S);
    // The second one has just taken the lease when the first one wakes up with its refusal.
    next.stopAt((port) => port === 'save', 'after');
    const taken = second.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(16 * S);
    late.wake();
    await bench.clock.advance(1 * S);
    next.wake();
    expect(await bench.run(taken)).toBe('GHL_NEEDS_REAUTHORIZATION');
    await bench.run(asked);
    expect(bench.ledger.refreshes()).toHaveLength(1);
  });
});

describe('invalid_grant is believed only after another look at the store', () => {
  it('which finds what another instance has stored meanwhile', async () => {
    const { bench, store, instance, ref } = await expired();
    const late = new SimulatedProcess();
    const first = bench.instance({ process: late, repository: store });
    // The first one is stopped just before its call leaves, for longer than HighLevel's grace.
    late.stopAt((port) => port === 'highlevel', 'before');
    const asked = first.tokens.getAccessToken(ref);
    await bench.clock.advance(1);
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    await bench.clock.advance(5 * MINUTE);
    late.wake();
    expect(await bench.run(asked.catch(() => first.tokens.getAccessToken(ref)))).toBe(token);
    expect(bench.ledger.reconnects()).toEqual([]);
  });
});
