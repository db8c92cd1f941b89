import { describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench, type Instance, type InstanceOptions } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const DAY = 24 * 60 * MINUTE;

const installed = async (options: InstanceOptions = {}) => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store, ...options });
  const ref = await bench.installed(instance);
  const want = (from: Instance = instance): Promise<string> => bench.run(from.tokens.getAccessToken(ref));
  const stored = async () =>
    (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))?.installation ?? null;
  return { bench, store, instance, ref, want, stored };
};

/** Somebody uses the token after the cached one has become worth another look. */
const used = async (bench: Workbench, want: () => Promise<string>): Promise<string> => {
  await bench.clock.advance(61 * S);
  const token = await want();
  await bench.clock.advance(1);
  return token;
};

describe('a record that is missing', () => {
  it.each(['one record', 'the whole table'])('is written back by whoever still holds it (%s)', async (what) => {
    const { bench, store, instance, ref, want, stored } = await installed();
    const token = await want();
    if (what === 'one record') await bench.dropRecord(instance, ref);
    else store.dropAll();
    expect(await used(bench, want)).toBe(token);
    expect(await stored()).toMatchObject({ state: 'active', generation: 1, lease: null, mark: null });
    expect(await want(bench.instance({ repository: store }))).toBe(token);
    expect(bench.ledger.credentialCalls()).toHaveLength(1);
  });

  it('is written back also where the access token has run out, and then refreshed', async () => {
    const { bench, store, want, stored } = await installed();
    await bench.clock.advance(DAY);
    store.dropAll();
    await want();
    expect(await stored()).toMatchObject({ state: 'active', generation: 2 });
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('and was rebuilt by an instance that held nothing, is the rebuilt one’s: its tokens are the living ones', async () => {
    const directory = { find: (place: InstallationRef) => ('locationId' in place ? {} : null) };
    const { bench, store, want } = await installed({ directory });
    await want();
    store.dropAll();
    const rebuilt = await want(bench.instance({ repository: store, directory }));
    await used(bench, want);
    expect(await want()).toBe(rebuilt);
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });

  it('is the rebuilt one’s also where it has had fewer generations than the lost one', async () => {
    const directory = { find: (place: InstallationRef) => ('locationId' in place ? {} : null) };
    const { bench, store, instance, ref, want, stored } = await installed({ directory });
    for (let times = 0; times < 3; times += 1) await bench.run(instance.tokens.refresh(ref));
    store.dropAll();
    const rebuilt = await want(bench.instance({ repository: store, directory }));
    await used(bench, want);
    expect(await want()).toBe(rebuilt);
    expect(await stored()).toMatchObject({ generation: 1 });
    expect(bench.simulator.describeToken(rebuilt)).toMatchObject({ state: 'live' });
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });

  it('and could not be rebuilt by an instance that held nothing, is mended by who holds it, and the host is told', async () => {
    const directory = { find: (place: InstallationRef) => ('locationId' in place ? {} : null) };
    const { bench, store, instance, want, stored } = await installed({ directory });
    const token = await want();
    bench.simulator.setReconnect('removed');
    store.dropAll();
    const other = bench.instance({ repository: store, directory });
    await expect(want(other)).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(await used(bench, want)).toBe(token);
    expect(await stored()).toMatchObject({ state: 'active' });
    await instance.engine.teller.settled();
    const told = new Map([...other.told, ...instance.told].map(({ id, to }) => [id, to]));
    expect([...told.values()]).toEqual(['needs_reauthorization', 'active', 'active']);
    await bench.clock.advance(10 * S);
    expect(await want(other)).toBe(token);
  });
});

describe('a backup that is restored', () => {
  it('is brought up to date by whoever holds a later credential', async () => {
    const { bench, store, want, stored } = await installed();
    const backup = await store.backup();
    await bench.clock.advance(DAY);
    const token = await want();
    await store.restore(backup);
    expect((await stored())?.generation).toBe(1);
    expect(await used(bench, want)).toBe(token);
    expect(await stored()).toMatchObject({ state: 'active', generation: 2 });
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('from before an uninstall does not bring the installation back where its end is known', async () => {
    const { bench, store, instance, ref, want, stored } = await installed();
    const backup = await store.backup();
    await bench.run(instance.tokens.markUninstalled(ref));
    await store.restore(backup);
    await bench.clock.advance(61 * S);
    await expect(want()).rejects.toMatchObject({ code: 'GHL_UNINSTALLED' });
    expect(await stored()).toMatchObject({ state: 'uninstalled', credential: null });
    expect(bench.ledger.refreshes()).toEqual([]);
  });

  it('and rebuilt from an older credential of an idle instance: all end up with the same, living one', async () => {
    const { bench, store, instance, want, stored } = await installed();
    const idle = bench.instance({ repository: store });
    await want(idle);
    await bench.clock.advance(DAY);
    await want(instance);
    store.dropAll();
    // The idle one knows of nothing better than its own, whose refresh token has been used.
    await used(bench, () => want(idle));
    await used(bench, want);
    const token = await want();
    expect(await want(idle)).toBe(token);
    expect((await stored())?.credential?.accessToken).toBe(token);
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live' });
  });
});

describe('unrelated writes', () => {
  it('never undo a rotation', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const releases: (() => void)[] = [];
    const listener = { onInstallationChange: () => new Promise<void>((resolve) => releases.push(resolve)) };
    const instance = bench.instance({ repository: store, listener });
    const ref = await bench.installed(instance);
    // The listener returns while the rotation's answer is on its way, and again while its pair is being stored.
    bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 5 * S } });
    const asked = instance.tokens.refresh(ref);
    await bench.clock.advance(1 * S);
    releases.forEach((release) => release());
    const { token } = await bench.run(asked);
    releases.forEach((release) => release());
    await bench.clock.advance(1 * S);
    const { installation } = (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!;
    expect(installation).toMatchObject({
      generation: 2,
      untold: [],
      state: 'active',
      credential: { accessToken: token },
    });
  });

  it('of a stale flight do not overwrite what the customer did meanwhile', async () => {
    const { bench, instance, ref, want } = await installed();
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token', grantType: 'refresh_token' }, do: { delayMs: 9 * S } });
    const asked = instance.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(1 * S);
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.exchangeCode(code));
    const fresh = await want();
    await bench.run(asked);
    expect(await want()).toBe(fresh);
    expect(bench.simulator.describeToken(fresh)).toMatchObject({ state: 'live' });
  });
});

describe('what is brought in once more', () => {
  it('because the store seemed to fail does not replace its own successor: its refresh token is spent', async () => {
    const { bench, store, instance, ref } = await installed();
    const other = bench.instance();
    await instance.engine.teller.settled();
    // The exchange is stored, but this instance hears of nothing but errors for a while.
    store.fail('after', { on: 'save' });
    store.fail('before', { on: ['find', 'save'], after: 1, times: Number.POSITIVE_INFINITY });
    const { code } = bench.simulator.authorizeAgain(ref);
    await expect(bench.run(instance.tokens.exchangeCode(code))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    const { token } = await bench.run(other.tokens.refresh(ref));
    store.mend();
    await bench.clock.advance(2 * MINUTE);
    expect(instance.engine.health()).toEqual({ unsaved: 0 });
    expect(await bench.run(bench.instance().tokens.getAccessToken(ref))).toBe(token);
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live' });
  });

  it('by a script that imports does not either', async () => {
    const { bench, instance, ref } = await installed();
    await bench.clock.advance(1 * S);
    const { credential } = (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!.installation;
    const { accessToken, refreshToken, expiresAt } = credential!;
    const tokens = { accessToken, refreshToken: refreshToken!, expiresAt: new Date(expiresAt) };
    const target = bench.instance({ repository: new FaultyRepository() });
    await bench.run(target.tokens.importTokens(ref, tokens));
    const { token } = await bench.run(target.tokens.refresh(ref));
    // The script that imports was killed before it knew of its success, and runs again.
    await bench.run(target.tokens.importTokens(ref, tokens));
    expect(await bench.run(target.tokens.getAccessToken(ref))).toBe(token);
    expect(await bench.run(target.tokens.status(ref))).toMatchObject({ generation: 2, origin: 'refresh' });
  });
});

describe('a look into the store whose answer is late', () => {
  /** A store whose answers can be made to take two seconds, and show what was stored when it was asked. */
  const slowly = () => {
    const bench = new Workbench();
    const slow = { isKey: (_: string): boolean => false };
    const repository: GhlAuthRepository = {
      find: async (key) => {
        const found = await bench.store.find(key);
        if (slow.isKey(key)) await bench.clock.sleep(2 * S);
        return found;
      },
      save: (record, expected) => bench.store.save(record, expected),
      list: (query) => bench.store.list(query),
      remove: (key, expected) => bench.store.remove(key, expected),
    };
    return { bench, slow, instance: bench.instance({ repository }) };
  };

  it.each(['authorized again', 'uninstalled'])('does not undo what the customer did meanwhile: %s', async (what) => {
    const { bench, slow, instance } = slowly();
    const ref = await bench.installed(instance);
    await instance.engine.teller.settled();
    await bench.clock.advance(61 * S);
    slow.isKey = () => true;
    await instance.tokens.getAccessToken(ref);
    await bench.clock.advance(1);
    slow.isKey = () => false;
    if (what === 'uninstalled') await instance.tokens.markUninstalled(ref);
    else await instance.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code);
    await bench.clock.advance(3 * S);
    const outcome = await bench.run(instance.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code));
    if (what === 'uninstalled') expect(outcome).toBe('GHL_UNINSTALLED');
    else expect(bench.simulator.describeToken(outcome)).toMatchObject({ state: 'live' });
  });

  it('does not call an installation dead that was authorized meanwhile', async () => {
    const { bench, slow, instance } = slowly();
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    const dead = { code: 'GHL_NEEDS_REAUTHORIZATION' };
    await expect(bench.run(instance.reconnects.recover(ref))).rejects.toMatchObject(dead);
    await instance.engine.teller.settled();
    await bench.clock.advance(10 * S);
    slow.isKey = (key) => key.includes('/company/');
    const asked = instance.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(1);
    await instance.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code);
    await bench.clock.advance(3 * S);
    expect(await asked).toBe(dead.code);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});

describe('a newer format', () => {
  it('is left untouched by an older release, also where that could read what is in it', async () => {
    const { bench, store, instance, ref, want } = await installed();
    const { key } = instance.engine.keeper.placeOf(ref);
    await instance.engine.teller.settled();
    const record = (await store.find(key))!;
    const newer = { ...record, format: record.format + 1, version: record.version + 1 };
    expect(await store.inner.save(newer, record.version)).toBe(true);
    const old = bench.instance({ repository: store });
    await bench.clock.advance(DAY);
    await expect(want(old)).rejects.toMatchObject({ code: 'GHL_RECORD_UNREADABLE' });
    await bench.run(old.engine.sweeper.run());
    await want().catch(() => undefined);
    expect(await store.find(key)).toEqual(newer);
    expect(bench.ledger.refreshes()).toEqual([]);
  });

  it('is left untouched by an older release', async () => {
    const { bench, store, instance, ref, want } = await installed();
    const { key } = instance.engine.keeper.placeOf(ref);
    await instance.engine.teller.settled();
    const record = (await store.find(key))!;
    const newer = { ...record, format: 99, version: record.version + 1, body: 'sealed.9:…' };
    expect(await store.inner.save(newer, record.version)).toBe(true);
    const old = bench.instance({ repository: store });
    await expect(want(old)).rejects.toMatchObject({ code: 'GHL_RECORD_UNREADABLE' });
    await expect(bench.run(old.tokens.markUninstalled(ref))).rejects.toMatchObject({ code: 'GHL_RECORD_UNREADABLE' });
    await bench.clock.advance(DAY);
    await want().catch(() => undefined);
    expect(await store.find(key)).toEqual(newer);
  });
});
