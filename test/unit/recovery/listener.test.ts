import { describe, expect, it } from '@jest/globals';
import type { InstallationChange } from '../../../lib/installation/installation.js';
import { LEFT_UNTOLD } from '../../../lib/recovery/teller.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;

/** A listener that does something else at each call. */
const listening = (answers: readonly (() => Promise<void> | void)[]) => {
  const told: InstallationChange[] = [];
  const onInstallationChange = (change: InstallationChange): Promise<void> | void => {
    told.push(change);
    return answers[Math.min(told.length, answers.length) - 1]?.();
  };
  return { told, listener: { onInstallationChange } };
};

const fail = (): Promise<void> => Promise.reject(new Error('no mail server'));
const hang = (): Promise<void> => new Promise(() => undefined);
const well = (): void => undefined;

describe('the host is told of a change', () => {
  it.each([
    ['fails', fail],
    ['hangs', hang],
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
  ])('again with the same id, until its handler has returned (it %s at first)', async (_, trouble) => {
    const bench = new Workbench();
    const { told, listener } = listening([trouble, trouble, well]);
    const instance = bench.instance({ listener });
    await bench.installed(instance);
    await bench.clock.advance(5 * MINUTE);
    expect(told.map(({ to }) => to)).toEqual(['active', 'active', 'active']);
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    expect(instance.log.filter(({ level }) => level === 'error')).toHaveLength(2);
    await bench.clock.advance(60 * MINUTE);
    expect(told).toHaveLength(3);
  });

  it('without delaying the recovery', async () => {
    const bench = new Workbench();
    const { told, listener } = listening([hang]);
    const instance = bench.instance({ listener });
    const began = bench.clock.monotonic();
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    await bench.run(instance.reconnects.recover(ref));
    expect(bench.clock.monotonic()).toBe(began);
    expect(told).toHaveLength(1);
  });

  it('by another instance, where the one that made it died before its handler returned', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const first = listening([hang]);
    const doomed = bench.instance({ process, listener: first.listener });
    const ref = await bench.installed(doomed);
    process.kill();
    const second = listening([well]);
    const other = bench.instance({ listener: second.listener });
    // Whoever saves the record next tells what it finds untold.
    await bench.run(other.tokens.refresh(ref));
    await other.engine.teller.settled();
    expect(second.told.map(({ id }) => id)).toEqual(first.told.map(({ id }) => id));
  });

  it('also by one that only looks at the record, a while later', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const doomed = bench.instance({ process });
    const ref = await bench.installed(doomed);
    await doomed.engine.teller.settled();
    process.killAt((port) => port === 'save', 'after');
    void doomed.tokens.markUninstalled(ref);
    await bench.clock.advance(1 * S);
    const { told, listener } = listening([well]);
    const other = bench.instance({ listener });
    await bench.run(other.tokens.getAccessToken(ref).catch(() => undefined));
    await other.engine.teller.settled();
    expect(told).toEqual([]);
    await bench.clock.advance(2 * MINUTE);
    await bench.run(other.tokens.getAccessToken(ref).catch(() => undefined));
    await other.engine.teller.settled();
    expect(told.map(({ to }) => to)).toEqual(['uninstalled']);
  });

  it('in their order, each one, where several came while it could not be told', async () => {
    const bench = new Workbench();
    const { told, listener } = listening([fail, fail, fail, well]);
    const instance = bench.instance({ listener });
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await bench.run(instance.reconnects.recover(ref).catch(() => undefined));
    const { code } = bench.simulator.authorizeAgain(ref);
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.clock.advance(20 * MINUTE);
    expect(told.slice(3).map(({ from, to }) => [from, to])).toEqual([
      [null, 'active'],
      ['active', 'needs_reauthorization'],
      ['needs_reauthorization', 'active'],
    ]);
    expect(told.at(-2)).toMatchObject({
      code: 'GHL_RECONNECT_UNAVAILABLE',
      reason: expect.stringContaining('has been removed'),
      traceId: expect.any(String),
      reauthorizeUrl: expect.stringContaining('chooselocation'),
    });
  });

  it('at a bounded pace while it fails, however often the record is saved', async () => {
    const bench = new Workbench();
    const { told, listener } = listening([fail]);
    const instance = bench.instance({ listener });
    const ref = await bench.installed(instance);
    for (let times = 0; times < 60; times += 1) {
      await bench.run(instance.tokens.refresh(ref).catch(() => undefined));
      await bench.clock.advance(MINUTE);
    }
    expect(told.length).toBeLessThanOrEqual(30);
  });

  it('although the store fails at striking it off: told again, not lost', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const { told, listener } = listening([well]);
    const instance = bench.instance({ repository: store, listener });
    store.fail('before', { on: 'save', after: 1, times: 1 });
    const ref = await bench.installed(instance);
    await bench.clock.advance(MINUTE);
    expect(told.map(({ id }) => id)).toEqual([told[0]!.id, told[0]!.id]);
    const { installation } = (await instance.engine.registry.find(instance.engine.keeper.placeOf(ref).key))!;
    expect(installation.untold).toEqual([]);
  });

  it('not without end where the store says that it struck it off, and did not', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const { told, listener } = listening([well]);
    const instance = bench.instance({ repository: store, listener });
    store.fail({ answer: true }, { on: 'save', after: 1, times: Number.POSITIVE_INFINITY });
    await bench.installed(instance);
    await bench.clock.advance(10 * MINUTE);
    expect(told.length).toBeLessThanOrEqual(12);
  });
});

describe('a process that leaves the telling to the application', () => {
  it('tells nobody, takes nothing off the record, and notes there what it changes itself', async () => {
    const bench = new Workbench();
    const backend = bench.instance({ listener: listening([fail]).listener });
    const ref = await bench.installed(backend);
    await backend.engine.close();
    const command = bench.instance({ listener: LEFT_UNTOLD });
    bench.simulator.invalidateAll();
    bench.simulator.setReconnect('removed');
    await bench.run(command.reconnects.recover(ref).catch(() => undefined));
    await bench.run(command.engine.close());
    const { told, listener } = listening([well]);
    const restarted = bench.instance({ listener });
    await bench.clock.advance(MINUTE);
    await bench.run(restarted.engine.sweeper.run());
    await restarted.engine.teller.settled();
    expect(told.map(({ from, to }) => [from, to])).toEqual([
      [null, 'active'],
      ['active', 'needs_reauthorization'],
    ]);
    expect(command.log.filter(({ level }) => level === 'error' || level === 'warn')).toHaveLength(2);
  });
});

// The story: whoever took the listener out of a backend, or ran something beside it that notes changes, had each such record read by every
// sweep, every ten seconds, until its next rotation.
it('what was noted for a listener that is not there any more does not stay due for ever', async () => {
  const bench = new Workbench();
  const before = bench.instance({ listener: listening([fail]).listener });
  const ref = await bench.installed(before);
  await before.engine.close();
  const after = bench.instance({ listener: null });
  await bench.clock.advance(1);
  const sweep = () => bench.run(after.engine.sweeper.run());
  expect(await sweep()).toMatchObject({ looked: 1, failed: 0 });
  expect(await sweep()).toMatchObject({ looked: 0 });
  const record = await bench.store.find(after.engine.keeper.placeOf(ref).key);
  expect(record?.body).toContain('"untold":[]');
});

describe('the stream of changes', () => {
  it('is for watching: each change once, and complete at shutdown', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ listener: null });
    const seen: string[] = [];
    instance.tokens.changes$.subscribe({ next: ({ to }) => void seen.push(to), complete: () => void seen.push('end') });
    const ref = await bench.installed(instance);
    await bench.run(instance.tokens.refresh(ref));
    await bench.run(instance.tokens.markUninstalled(ref));
    await bench.run(instance.engine.close());
    expect(seen).toEqual(['active', 'uninstalled', 'end']);
    // With nobody to tell, nothing waits in the record to be told.
    const record = await bench.store.find(instance.engine.keeper.placeOf(ref).key);
    expect(record?.body).toContain('"untold":[]');
    expect(record?.due).toBeNull();
  });
});
