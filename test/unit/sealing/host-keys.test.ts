import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import type { SealingKeyProvider } from '../../../lib/sealing/host-keys.js';
import type { SealingKey } from '../../../lib/sealing/sealing-key.js';
import { makeKey } from '../../support/sealing.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const MINUTE = 60_000;

/** A KMS, as a host puts it behind the port. Its calls are counted. */
class Kms implements SealingKeyProvider {
  readonly keys = new Map<string, SealingKey>();
  fails: (() => Promise<never>) | null = null;
  private present: SealingKey;

  constructor(id: string) {
    this.present = this.make(id);
  }

  readonly current = jest.fn(async () => this.fails?.() ?? this.present);
  readonly find = jest.fn(async (id: string) => this.fails?.() ?? this.keys.get(id) ?? null);

  make(id: string): SealingKey {
    const key = makeKey(id);
    this.keys.set(id, key);
    return key;
  }

  rotate(id: string): void {
    this.present = this.make(id);
  }
}

const keyIdOf = async (bench: Workbench, instance: Instance, ref: { locationId: string }): Promise<string> => {
  const record = await bench.store.find(instance.engine.keeper.placeOf({ locationId: ref.locationId }).key);
  return record?.body.split(':')[1] as string;
};

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isGhlAuthError(error) ? error.code : error),
  );

describe("the host's own keys", () => {
  it('seal and open, and are asked for once', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    const [one, two] = [bench.instance({ sealingKeys: kms }), bench.instance({ sealingKeys: kms })];
    const refs = [];
    for (let count = 0; count < 5; count += 1) refs.push(await bench.installed(one));
    expect(await keyIdOf(bench, one, refs[0] as { locationId: string })).toBe('kms-1');
    for (const ref of refs) await bench.run(two.tokens.getAccessToken(ref));
    for (let call = 0; call < 50; call += 1)
      await bench.run(two.tokens.getAccessToken(refs[0] as { locationId: string }));
    expect(kms.current).toHaveBeenCalledTimes(1);
    expect(kms.find).toHaveBeenCalledTimes(1);
  });

  it('are looked at again after minutes, beside those who seal with the key from before', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    const instance = bench.instance({ sealingKeys: kms });
    const before = await bench.installed(instance);
    kms.rotate('kms-2');
    expect(await keyIdOf(bench, instance, await bench.installed(instance))).toBe('kms-1');
    await bench.clock.advance(6 * MINUTE);
    await bench.installed(instance);
    const after = await bench.installed(instance);
    expect(await keyIdOf(bench, instance, after)).toBe('kms-2');
    expect(await bench.run(instance.tokens.status(before))).toMatchObject({ state: 'active' });
    expect(kms.current).toHaveBeenCalledTimes(2);
  });

  it('may fail for hours once they have been answered', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    const instance = bench.instance({ sealingKeys: kms });
    await bench.installed(instance);
    kms.fails = () => Promise.reject(new Error('the KMS is down'));
    await bench.clock.advance(6 * MINUTE);
    const ref = await bench.installed(instance);
    await bench.clock.advance(6 * MINUTE);
    expect(await keyIdOf(bench, instance, await bench.installed(instance))).toBe('kms-1');
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'active' });
    const told = instance.log.filter(({ message }) => message.startsWith('The key provider does not answer'));
    expect(told).toEqual([
      {
        level: 'warn',
        message: expect.any(String),
        fields: { id: 'kms-1', error: expect.stringContaining('the KMS is down') },
      },
      expect.anything(),
    ]);
  });

  it('stand beside those of the options, which open only', async () => {
    const bench = new Workbench();
    const old = makeKey('old');
    const before = bench.instance({ options: { sealing: { keys: [old] } } });
    const ref = await bench.installed(before);
    const kms = new Kms('kms-1');
    const after = bench.instance({ sealingKeys: kms, options: { sealing: { keys: [old] } } });
    expect(await bench.run(after.tokens.status(ref))).toMatchObject({ state: 'active' });
    await bench.run(after.tokens.refresh(ref));
    expect(await keyIdOf(bench, after, ref)).toBe('kms-1');
    expect(kms.find).not.toHaveBeenCalled();
  });

  it('are asked outside the context of whoever needs them', async () => {
    const bench = new Workbench();
    const caller = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const key = makeKey('k');
    const note = (): SealingKey => {
      seen.push(caller.getStore());
      return key;
    };
    const instance = bench.instance({ sealingKeys: { current: note, find: note } });
    await caller.run('a transaction', () => bench.installed(instance));
    expect(seen).toEqual([undefined]);
  });
});

describe('a key provider in trouble', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('access denied')), /at current\(\): access denied/],
    ['never answers', () => new Promise<never>(() => undefined), /at current\(\): no answer within 5000 ms/],
  ])('that %s keeps a pair from being stored, but does not lose it', async (_, fails, message) => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    kms.fails = fails;
    const instance = bench.instance({ sealingKeys: kms });
    const { locationId } = bench.simulator.addLocation();
    const { code } = bench.simulator.installLocation(locationId);
    expect(await codeOf(bench.run(instance.tokens.exchangeCode(code)))).toBe('GHL_STORE_FAILED');
    expect(bench.store.size).toBe(0);
    expect(instance.log.map(({ fields }) => fields?.['error'])).toContainEqual(expect.stringMatching(message));
    expect(await bench.run(instance.tokens.getAccessToken({ locationId }))).toEqual(expect.any(String));
    kms.fails = null;
    await bench.clock.advance(MINUTE);
    expect(await keyIdOf(bench, instance, { locationId })).toBe('kms-1');
  });

  it('fails those who read with a typed error, is not asked by each of them, and is asked again', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    const writer = bench.instance({ sealingKeys: kms });
    const refs = [];
    for (let count = 0; count < 20; count += 1) refs.push(await bench.installed(writer));
    const reader = bench.instance({ sealingKeys: kms });
    kms.fails = () => Promise.reject(new Error('the KMS is down'));
    const errors = await bench.run(Promise.all(refs.map((ref) => codeOf(reader.tokens.getAccessToken(ref)))));
    expect(new Set(errors)).toEqual(new Set(['GHL_SEALING_FAILED']));
    expect(kms.find).toHaveBeenCalledTimes(1);
    kms.fails = null;
    await bench.clock.advance(1_001);
    await bench.run(Promise.all(refs.map((ref) => reader.tokens.getAccessToken(ref))));
    expect(kms.find).toHaveBeenCalledTimes(2);
  });

  it('is not kept busy by ids that do not exist', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    // Without a listener, or the one who wrote it looks at it as well.
    const instance = bench.instance({ sealingKeys: kms, listener: null });
    const ref = await bench.installed(instance);
    const { key } = instance.engine.keeper.placeOf(ref);
    const record = await bench.store.find(key);
    if (record === null) throw new Error('no record');
    await bench.store.save({ ...record, version: 1, body: record.body.replace('kms-1', 'kms-9') }, record.version);
    const reader = bench.instance({ sealingKeys: kms });
    for (let call = 0; call < 20; call += 1)
      expect(await codeOf(bench.run(reader.tokens.getAccessToken(ref)))).toBe('GHL_RECORD_UNREADABLE');
    const asked = (): number => kms.find.mock.calls.filter(([id]) => id === 'kms-9').length;
    expect(asked()).toBe(1);
    await bench.clock.advance(2 * MINUTE);
    expect(await codeOf(bench.run(reader.tokens.getAccessToken(ref)))).toBe('GHL_RECORD_UNREADABLE');
    expect(asked()).toBe(2);
  });

  const short = { id: 'k', key: 'c2hvcnQ=' };
  it.each([
    ['a short key', short],
    ['no id', { key: makeKey('k').key }],
    ['nothing', undefined],
    ['a text', makeKey('k').key],
  ])('that answers %s keeps the application from starting', async (_, answer) => {
    const bench = new Workbench();
    const instance = bench.instance({ sealingKeys: { current: () => answer as never, find: () => null } });
    const error: unknown = await bench.run(instance.engine.prepare()).catch((reason: unknown) => reason);
    expect(isGhlAuthError(error, 'GHL_CONFIG_INVALID')).toBe(true);
    expect(String(error)).toContain('The key provider failed at current(): it answered no');
    for (const secret of [short.key, String((answer as Partial<SealingKey>)?.key ?? '-')].filter(
      (text) => text.length > 1,
    ))
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it('that answers another key than it was asked for opens nothing', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    const ref = await bench.installed(bench.instance({ sealingKeys: kms }));
    const wrong = { current: () => makeKey('kms-2'), find: () => makeKey('kms-2') };
    expect(await codeOf(bench.run(bench.instance({ sealingKeys: wrong }).tokens.getAccessToken(ref)))).toBe(
      'GHL_SEALING_FAILED',
    );
  });

  it('does not keep the application from starting where it is only down', async () => {
    const bench = new Workbench();
    const kms = new Kms('kms-1');
    kms.fails = () => Promise.reject(new Error('the KMS is down'));
    const instance = bench.instance({ sealingKeys: kms });
    await bench.run(instance.engine.prepare());
    expect(instance.log).toEqual([
      {
        level: 'error',
        message: expect.stringMatching(/before the key provider answers/),
        fields: { error: expect.any(String) },
      },
    ]);
  });
});
