import { describe, expect, it, jest } from '@jest/globals';
import { ManualClock } from '../../../lib/testing.js';

describe('ManualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new ManualClock({ start: 1_000 });
    let awake = false;
    void clock.sleep(50).then(() => (awake = true));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([clock.now(), clock.monotonic(), awake, clock.pendingSleeps]).toEqual([1_000, 0, false, 1]);
    await clock.advance(50);
    expect([clock.now(), clock.monotonic(), awake, clock.pendingSleeps]).toEqual([1_050, 50, true, 0]);
  });

  it('wakes sleepers in the order of their moments, each at its moment', async () => {
    const clock = new ManualClock({ start: 0 });
    const woken: string[] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.now()}`);
    };
    void sleep('late', 30);
    void sleep('early', 10);
    void sleep('early too', 10);
    await clock.advance(100);
    expect(woken).toEqual(['early at 10', 'early too at 10', 'late at 30']);
    expect(clock.now()).toBe(100);
  });

  it('lets promise chains run between two wakings, so that who sleeps again is woken again', async () => {
    const clock = new ManualClock({ start: 0 });
    const moments: number[] = [];
    void (async () => {
      for (let i = 0; i < 4; i++) {
        await clock.sleep(10);
        await Promise.resolve().then(() => Promise.resolve());
        moments.push(clock.now());
      }
    })();
    await clock.advance(35);
    expect(moments).toEqual([10, 20, 30]);
  });

  it('runs overlapping advances one after the other', async () => {
    const clock = new ManualClock({ start: 0 });
    await Promise.all([clock.advance(10), clock.advance(5)]);
    expect(clock.now()).toBe(15);
  });

  it('moves the wall clock alone on jump and set, and wakes nobody', async () => {
    const clock = new ManualClock({ start: 1_000 });
    let awake = false;
    void clock.sleep(10).then(() => (awake = true));
    clock.jump(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([500, 0]);
    clock.set(9_000);
    await clock.advance(9);
    expect([clock.now(), clock.monotonic(), awake]).toEqual([9_009, 9, false]);
  });

  it('ends a sleep early and without an error when its signal aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleep = clock.sleep(10, { signal: abort.signal });
    abort.abort();
    await sleep;
    expect(clock.pendingSleeps).toBe(0);
    await clock.sleep(10, { signal: abort.signal });
    await clock.sleep(0);
  });

  it('moves by itself with autoAdvance, but never for background sleepers alone', async () => {
    const clock = new ManualClock({ start: 0, autoAdvance: true });
    let ticks = 0;
    void (async () => {
      for (;;) {
        await clock.sleep(25, { background: true });
        ticks++;
      }
    })();
    await Promise.all([clock.sleep(110), clock.sleep(60)]);
    expect([clock.now(), ticks]).toEqual([110, 4]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(clock.now()).toBe(110);
  });

  it('drives until a promise settles', async () => {
    const clock = new ManualClock({ start: 0 });
    const story = async () => {
      await clock.sleep(86_000_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
      await clock.sleep(5);
      return clock.now();
    };
    await expect(clock.drive(story())).resolves.toBe(86_000_005);
    await expect(clock.drive(clock.sleep(20), { limitMs: 10 })).rejects.toThrow('limitMs');
  });

  it('stops where a promise settles, also when it is a sleeper in the background that ends it', async () => {
    for (const autoAdvance of [false, true]) {
      const clock = new ManualClock({ start: 0, autoAdvance });
      const ended = new AbortController();
      const work = clock.sleep(300_000, { signal: ended.signal });
      void clock.sleep(5_000, { background: true }).then(() => ended.abort());
      await (autoAdvance ? work : clock.drive(work));
      expect(clock.now()).toBe(5_000);
    }
  });

  it("goes on under a test framework's fake timers", async () => {
    jest.useFakeTimers();
    try {
      const clock = new ManualClock({ start: 0, autoAdvance: true });
      await clock.sleep(1_000);
      await clock.advance(500);
      await clock.drive(new ManualClock({ autoAdvance: true }).sleep(5));
      expect(clock.now()).toBe(1_500);
    } finally {
      jest.useRealTimers();
    }
  });
});
