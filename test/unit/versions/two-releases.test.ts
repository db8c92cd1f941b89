import { beforeEach, describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench, type Instance } from '../../support/workbench.js';
import { NextReleaseStore } from './next-release.js';

const S = 1_000;
const DAY = 86_400_000;
type Ref = Awaited<ReturnType<Workbench['installed']>>;

let bench: Workbench;
let store: FaultyRepository;
/** Of this release, and of one to come that writes records of another format. */
let older: Instance;
let newer: Instance;
let refs: Ref[];
beforeEach(async () => {
  bench = new Workbench();
  store = new FaultyRepository();
  older = bench.instance({ repository: store });
  newer = bench.instance({ repository: new NextReleaseStore(store.inner) });
  refs = [await bench.installed(older), await bench.installed(older), await bench.installed(newer)];
});

const keyOf = (ref: Ref): string => older.engine.keeper.placeOf(ref).key;
const formatOf = async (ref: Ref): Promise<number | undefined> => (await store.inner.find(keyOf(ref)))?.format;
const ask = ({ tokens }: Instance, ref: Ref): Promise<string> =>
  bench.run(tokens.getAccessToken(ref).catch(({ code }: { readonly code: string }) => code));
const isLive = (token: string): boolean => bench.simulator.describeToken(token)?.state === 'live';

const expectNothingSpentTwice = (): void => {
  expect(bench.ledger.presentedTwice()).toEqual([]);
  expect(bench.ledger.overlapping()).toEqual([]);
};

describe('a release that writes another format, beside this one', () => {
  it('serves what this one has written, and leaves it as it is until it has something to write', async () => {
    expect(isLive(await ask(newer, refs[0]!))).toBe(true);
    expect(await formatOf(refs[0]!)).toBe(1);
    await bench.clock.advance(DAY);
    expect(isLive(await ask(newer, refs[0]!))).toBe(true);
    expect(await formatOf(refs[0]!)).toBe(2);
    expect(await formatOf(refs[1]!)).toBe(1);
  });

  it('finishes what a process of this one has begun and did not live to finish', async () => {
    await bench.clock.advance(DAY);
    const process = new SimulatedProcess();
    const doomed = bench.instance({ process, repository: store });
    process.killAt((port) => port === 'highlevel', 'after');
    void doomed.tokens.getAccessToken(refs[0]!).catch(() => undefined);
    await bench.clock.advance(10);
    expect(isLive(await ask(newer, refs[0]!))).toBe(true);
    expect(bench.ledger.rotations()).toHaveLength(1);
    expect(bench.ledger.graceRepeats()).toHaveLength(1);
  });
});

describe('this release, beside one that writes another format', () => {
  it('serves its own installations as ever, and refuses the others by name: it spends nothing and writes nothing', async () => {
    await bench.clock.advance(DAY);
    const mark = bench.ledger.mark();
    const before = await store.inner.find(keyOf(refs[2]!));
    expect(await ask(older, refs[2]!)).toBe('GHL_RECORD_UNREADABLE');
    expect(bench.ledger.since(mark).entries).toEqual([]);
    expect(await store.inner.find(keyOf(refs[2]!))).toEqual(before);
    expect(isLive(await ask(older, refs[0]!))).toBe(true);
    expectNothingSpentTwice();
  });

  it('passes over them in its sweep', async () => {
    await bench.clock.advance(DAY - 10 * S);
    const before = await store.inner.find(keyOf(refs[2]!));
    await bench.run(older.engine.sweeper.run());
    expect(await store.inner.find(keyOf(refs[2]!))).toEqual(before);
    expect(bench.ledger.rotations().length).toBe(2);
    expect(bench.ledger.rotations({ locationId: refs[2]!.locationId })).toEqual([]);
  });

  it('writes over neither what the other rotated meanwhile, nor what it uninstalled', async () => {
    await bench.clock.advance(DAY);
    await ask(newer, refs[0]!);
    await bench.run(newer.tokens.markUninstalled(refs[1]!));
    await bench.clock.advance(60 * S);
    const before = [await store.inner.find(keyOf(refs[0]!)), await store.inner.find(keyOf(refs[1]!))];
    const answers = [await ask(older, refs[0]!), await ask(older, refs[1]!)];
    expect(answers).toEqual(['GHL_RECORD_UNREADABLE', 'GHL_RECORD_UNREADABLE']);
    await bench.run(older.engine.sweeper.run());
    expect([await store.inner.find(keyOf(refs[0]!)), await store.inner.find(keyOf(refs[1]!))]).toEqual(before);
    expectNothingSpentTwice();
  });

  it('does not store a pair of its own over what the other has made of the same refresh token meanwhile', async () => {
    await bench.clock.advance(DAY);
    const isCredential = (): boolean => bench.ledger.rotations().length > 0;
    store.fail('before', { times: Number.POSITIVE_INFINITY, on: 'save', when: isCredential });
    expect(isLive(await ask(older, refs[0]!))).toBe(true);
    expect(older.engine.health().unsaved).toBe(1);
    await bench.clock.advance(15 * S);
    expect(isLive(await ask(newer, refs[0]!))).toBe(true);
    const before = await store.inner.find(keyOf(refs[0]!));
    expect(before?.format).toBe(2);
    store.mend();
    await bench.clock.advance(600 * S);
    expect(await store.inner.find(keyOf(refs[0]!))).toEqual(before);
    expect(isLive(await ask(older, refs[0]!))).toBe(true);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });
});
