import { describe, expect, it } from '@jest/globals';
import { sealedWith } from '../../../lib/sealing/sealing-codec.js';
import type { ResealReport } from '../../../lib/sealing/record-sealer.js';
import type { SealingKey } from '../../../lib/sealing/sealing-key.js';
import { SealingService } from '../../../lib/services/sealing.service.js';
import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { makeKey } from '../../support/sealing.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const K1 = makeKey('k1');
const K2 = makeKey('k2');
const K3 = makeKey('k3');
type Ref = { locationId: string; companyId: string };

const withKeys = (bench: Workbench, keys: readonly SealingKey[], repository?: GhlAuthRepository): Instance =>
  bench.instance({
    options: { sealing: keys.length > 0 ? { keys } : {} },
    ...(repository && { repository }),
    listener: null,
  });

const installed = async (bench: Workbench, instance: Instance, count: number): Promise<Ref[]> => {
  const refs: Ref[] = [];
  for (let made = 0; made < count; made += 1) refs.push(await bench.installed(instance));
  return refs;
};

const recordOf = (bench: Workbench, instance: Instance, ref: { locationId: string }) =>
  bench.store.find(instance.engine.keeper.placeOf(ref).key);

/** What the records of these installations are sealed with. */
const sealedKeys = async (bench: Workbench, instance: Instance, refs: readonly Ref[]): Promise<unknown[]> => {
  const records = await Promise.all(refs.map((ref) => recordOf(bench, instance, ref)));
  return [...new Set(records.map((record) => record && sealedWith(record.body)))];
};

const reseal = (bench: Workbench, instance: Instance, options = {}): Promise<ResealReport> =>
  bench.run(new SealingService(instance.engine).reseal(options));

describe('resealing', () => {
  it('seals everything with the present key, and says when the one before can go', async () => {
    const bench = new Workbench();
    const refs = await installed(bench, withKeys(bench, [K1]), 5);
    const instance = withKeys(bench, [K2, K1]);
    expect(await reseal(bench, instance)).toEqual({
      ...{ keyId: 'k2', looked: 5, resealed: 5, unreadable: 0, complete: true, unusedKeyIds: ['k1'] },
      ...{ remainingByKeyId: {}, remainingWithoutKey: 0 },
    });
    const only = withKeys(bench, [K2]);
    expect(await sealedKeys(bench, only, refs)).toEqual(['k2']);
    for (const ref of refs) expect(await bench.run(only.tokens.getAccessToken(ref))).toBeTruthy();
    expect(await reseal(bench, only)).toMatchObject({ looked: 5, resealed: 0, complete: true, unusedKeyIds: [] });
  });

  it('changes nothing but the envelope and the version', async () => {
    const bench = new Workbench();
    const first = withKeys(bench, [K1]);
    const [ref] = (await installed(bench, first, 1)) as [Ref];
    const before = await recordOf(bench, first, ref);
    const second = withKeys(bench, [K2, K1]);
    const status = await bench.run(second.tokens.status(ref));
    await reseal(bench, second);
    const after = await recordOf(bench, first, ref);
    expect({ ...after, body: '', version: 0 }).toEqual({ ...before, body: '', version: 0 });
    expect(after?.body.split(':')[3]).toBe(before?.body.split(':')[3]);
    expect(after?.version).not.toBe(before?.version);
    expect(await bench.run(second.tokens.status(ref))).toEqual(status);
  });

  it('seals what was stored before there was a key, and unseals it where sealing is given up', async () => {
    const bench = new Workbench();
    const refs = await installed(bench, withKeys(bench, []), 3);
    const sealing = withKeys(bench, [K1]);
    expect(await reseal(bench, sealing)).toMatchObject({
      looked: 3,
      resealed: 3,
      remainingWithoutKey: 0,
      complete: true,
    });
    expect(await sealedKeys(bench, sealing, refs)).toEqual(['k1']);
    const strict = bench.instance({ options: { sealing: { keys: [K1], acceptUnsealed: false } } });
    for (const ref of refs) expect(await bench.run(strict.tokens.getAccessToken(ref))).toBeTruthy();
    const givingUp = bench.instance({ options: { sealing: { keys: [K1], enabled: false } } });
    expect(await reseal(bench, givingUp)).toMatchObject({ keyId: null, resealed: 3, unusedKeyIds: ['k1'] });
    for (const ref of refs) expect(await bench.run(withKeys(bench, []).tokens.getAccessToken(ref))).toBeTruthy();
  });

  it('leaves what does not open as it is, and says with which key it is sealed', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 2);
    await installed(bench, withKeys(bench, [K3]), 3);
    const instance = withKeys(bench, [K2, K1]);
    const report = await reseal(bench, instance);
    expect(report).toMatchObject({
      looked: 5,
      resealed: 2,
      unreadable: 3,
      remainingByKeyId: { k3: 3 },
      complete: true,
    });
    expect(report.unusedKeyIds).toEqual(['k1']);
    expect(instance.log.filter(({ level }) => level === 'error')).toHaveLength(3);
    expect(await reseal(bench, withKeys(bench, [K2, K3]))).toMatchObject({ resealed: 3, unusedKeyIds: ['k3'] });
  });

  it('does not take in what is not sealed where that is refused', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, []), 2);
    const strict = bench.instance({ options: { sealing: { keys: [K1], acceptUnsealed: false } } });
    expect(await reseal(bench, strict)).toMatchObject({ resealed: 0, unreadable: 2, remainingWithoutKey: 2 });
  });

  it('seals the record of the app as well', async () => {
    const bench = new Workbench();
    const first = withKeys(bench, [K1]);
    const [ref] = (await installed(bench, first, 1)) as [Ref];
    bench.simulator.setReconnect('removed');
    bench.simulator.invalidateAll();
    await bench.clock.advance(10_000);
    await bench.run(first.reconnects.recover(ref).catch(() => undefined));
    expect(await reseal(bench, withKeys(bench, [K2, K1]))).toMatchObject({ looked: 2, resealed: 2 });
    const mark = bench.ledger.mark();
    const error: unknown = await bench
      .run(withKeys(bench, [K2]).reconnects.recover(ref))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(bench.ledger.since(mark).reconnects()).toEqual([]);
  });

  it('leaves the records of another app to that app', async () => {
    const bench = new Workbench();
    const other = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 2);
    await installed(other, withKeys(other, [K1], bench.store), 3);
    expect(await reseal(bench, withKeys(bench, [K2, K1]))).toMatchObject({ looked: 2, resealed: 2 });
    expect(await reseal(other, withKeys(other, [K2, K1], bench.store))).toMatchObject({ looked: 3, resealed: 3 });
  });
});

describe('a run of resealing', () => {
  it('may be bounded, and gone on with', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 5);
    const instance = withKeys(bench, [K2, K1]);
    const reports = [];
    for (let run = 0; run < 3; run += 1) reports.push(await reseal(bench, instance, { limit: 2 }));
    expect(reports.map(({ resealed, complete, unusedKeyIds }) => [resealed, complete, unusedKeyIds])).toEqual([
      [2, false, []],
      [2, false, []],
      [1, true, ['k1']],
    ]);
  });

  it('may be stopped, by its caller and by the end of the process', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 5);
    const instance = withKeys(bench, [K2, K1]);
    expect(await reseal(bench, instance, { signal: AbortSignal.abort() })).toMatchObject({
      looked: 0,
      complete: false,
    });
    await bench.run(instance.engine.close());
    expect(await reseal(bench, instance)).toMatchObject({ looked: 0, complete: false, unusedKeyIds: [] });
  });

  it('that the store interrupts has done what it has done', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    await installed(bench, withKeys(bench, [K1]), 4);
    const instance = withKeys(bench, [K2, K1], store);
    store.fail('before', { on: 'save', after: 2 });
    await expect(reseal(bench, instance)).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    expect(await reseal(bench, instance)).toMatchObject({ looked: 4, resealed: 2, complete: true });
  });

  it('is harmless beside others, and beside rotations: none of them is undone', async () => {
    const bench = new Workbench();
    const refs = await installed(bench, withKeys(bench, [K1]), 6);
    const instances = [withKeys(bench, [K2, K1]), withKeys(bench, [K2, K1]), withKeys(bench, [K2, K1])] as const;
    const rotations = refs.map((ref, index) => (instances[index % 3] as Instance).tokens.refresh(ref));
    const [reports] = await bench.run(
      Promise.all([
        Promise.all(instances.map(({ engine }) => engine.sealer().then((sealer) => sealer.reseal()))),
        Promise.all(rotations),
      ]),
    );
    for (const report of reports) expect(report).toMatchObject({ remainingByKeyId: {}, unreadable: 0, complete: true });
    const only = withKeys(bench, [K2]);
    for (const ref of refs)
      expect(await bench.run(only.tokens.status(ref))).toMatchObject({ state: 'active', generation: 2 });
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('gives way to whoever stores something between its reading and its writing', async () => {
    const bench = new Workbench();
    const writer = withKeys(bench, [K1]);
    const [ref] = (await installed(bench, writer, 1)) as [Ref];
    const { store } = bench;
    let isFirst = true;
    const between: GhlAuthRepository = {
      find: (key) => store.find(key),
      list: (query) => store.list(query),
      remove: (key, version) => store.remove(key, version),
      save: async (record, version) => {
        if (isFirst) {
          isFirst = false;
          await writer.tokens.refresh(ref);
        }
        return store.save(record, version);
      },
    };
    const instance = withKeys(bench, [K2, K1], between);
    expect(await reseal(bench, instance)).toMatchObject({ resealed: 1, remainingByKeyId: {} });
    expect(await bench.run(withKeys(bench, [K2]).tokens.status(ref))).toMatchObject({ generation: 2 });
  });

  it('ends where somebody else is always faster, and says that something is left', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 1);
    const store = new FaultyRepository(bench.store);
    store.fail('conflict', { on: 'save', times: 1_000 });
    expect(await reseal(bench, withKeys(bench, [K2, K1], store))).toMatchObject({
      ...{ resealed: 0, unreadable: 0, remainingByKeyId: { k1: 1 }, complete: true, unusedKeyIds: [] },
    });
  });

  it('under way in this process is joined, not doubled', async () => {
    const bench = new Workbench();
    await installed(bench, withKeys(bench, [K1]), 3);
    const sealer = await withKeys(bench, [K2, K1]).engine.sealer();
    const [one, two] = await bench.run(Promise.all([sealer.reseal(), sealer.reseal()]));
    expect(one).toBe(two);
  });
});
