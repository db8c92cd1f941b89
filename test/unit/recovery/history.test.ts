import { describe, expect, it } from '@jest/globals';
import { InMemoryRepository, type GhlAuthRecord } from '../../../lib/index.js';
import { Workbench } from '../../support/workbench.js';

const DAY = 24 * 3_600_000;

/** Counts what crosses the port. */
class CountingRepository extends InMemoryRepository {
  finds = 0;
  readonly saved: GhlAuthRecord[] = [];

  override find(key: string): Promise<GhlAuthRecord | null> {
    if (key.startsWith('installation/')) this.finds += 1;
    return super.find(key);
  }

  override save(record: GhlAuthRecord, expected: number | null): Promise<boolean> {
    this.saved.push(record);
    return super.save(record, expected);
  }
}

describe('the history that status() shows', () => {
  it('tells what happened, when and why, from the first credential to the end and back', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    await bench.run(instance.tokens.getAccessToken(ref));
    bench.simulator.killRefreshToken(ref);
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(DAY);
    await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
    const endedAt = bench.clock.now();
    bench.simulator.setReconnect('available');
    await bench.clock.advance(DAY);
    await bench.run(instance.tokens.getAccessToken(ref));

    const { history } = await instance.tokens.status(ref);
    const traceId = expect.stringMatching(/.+/);
    expect(history).toEqual([
      { at: expect.any(Date), event: 'credential', origin: 'code', generation: 1, traceId },
      { at: expect.any(Date), event: 'state', from: null, to: 'active' },
      { at: expect.any(Date), event: 'credential', origin: 'refresh', generation: 2, traceId },
      expect.objectContaining({
        event: 'state',
        from: 'active',
        to: 'needs_reauthorization',
        reason: expect.any(String),
      }),
      { at: expect.any(Date), event: 'credential', origin: 'reconnect', generation: 3, traceId },
      { at: expect.any(Date), event: 'state', from: 'needs_reauthorization', to: 'active' },
    ]);
    const moments = history.map(({ at }) => at.getTime());
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(Math.abs((moments[3] as number) - endedAt)).toBeLessThan(5_000);
  });

  it('outlives the process that made it, and the loss of the table where a process still holds the installation', async () => {
    const bench = new Workbench();
    const first = bench.instance();
    const ref = await bench.installed(first);
    const before = (await first.tokens.status(ref)).history;
    expect((await bench.instance().tokens.status(ref)).history).toEqual(before);
    await bench.dropRecord(first, ref);
    await bench.clock.advance(DAY);
    await bench.run(first.tokens.getAccessToken(ref));
    const { history } = await first.tokens.status(ref);
    expect(history.slice(0, before.length)).toEqual(before);
    expect(history.length).toBeGreaterThan(before.length);
  });

  it('costs no call of the store of its own, and little of the body', async () => {
    const bench = new Workbench();
    const store = new CountingRepository();
    const instance = bench.instance({ repository: store, listener: null });
    const ref = await bench.installed(instance);
    for (let day = 0; day < 30; day += 1) {
      await bench.clock.advance(DAY);
      const [finds, saves] = [store.finds, store.saved.length];
      await bench.run(instance.tokens.getAccessToken(ref));
      // The look; the lease, the mark and the pair.
      expect([store.finds - finds, store.saved.length - saves]).toEqual([1, 3]);
    }
    const grown = (store.saved.at(-1)?.body.length as number) - (store.saved[0]?.body.length as number);
    expect(grown).toBeLessThan(1_000);
    expect((await instance.tokens.status(ref)).history.at(-1)).toMatchObject({ origin: 'refresh', generation: 31 });
  });
});
