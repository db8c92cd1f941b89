import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../lib/testing.js';
import { Alarms } from '../../../lib/time/alarms.js';
import { pause, waitFor } from '../../../lib/time/wait-for.js';

const NEVER = new Promise<never>(() => undefined);

/** A clock that notes who sleeps on it, and how. */
class WatchedClock extends ManualClock {
  readonly sleeps: string[] = [];

  override sleep(ms: number, options: Parameters<ManualClock['sleep']>[1] = {}): Promise<void> {
    this.sleeps.push(`${options.background ? 'background' : 'foreground'} ${ms}`);
    return super.sleep(ms, options);
  }
}

describe('alarms', () => {
  let clock: WatchedClock;
  let alarms: Alarms;
  const rung: string[] = [];
  const ring = (name: string) => () => void rung.push(`${name} at ${clock.monotonic()}`);
  beforeEach(() => {
    clock = new WatchedClock();
    alarms = new Alarms(clock);
    rung.length = 0;
  });

  it('ring in the order of their moments, on one timer, unless they are called off', async () => {
    alarms.set(50, ring('b'));
    alarms.set(10, ring('a'));
    const callOff = alarms.set(20, ring('never'));
    alarms.set(90, ring('c'));
    callOff();
    callOff();
    expect(clock.pendingSleeps).toBe(1);
    await clock.advance(100);
    expect(rung).toEqual(['a at 10', 'b at 50', 'c at 90']);
    expect(clock.pendingSleeps).toBe(0);
  });

  it('wait in the background, unless somebody waits for one of them', async () => {
    alarms.set(50, ring('limit'));
    const callOff = alarms.set(80, ring('pause'), { isAwaited: true });
    alarms.set(90, ring('another limit'));
    callOff();
    alarms.set(70, ring('awaited'), { isAwaited: true });
    expect(clock.sleeps).toEqual(['background 50', 'foreground 50', 'background 50', 'foreground 50']);
    clock.sleeps.length = 0;
    await clock.advance(100);
    expect(rung).toEqual(['limit at 50', 'awaited at 70', 'another limit at 90']);
    expect(clock.sleeps).toEqual(['foreground 20', 'background 20']);
  });

  it('move a clock that moves by itself for a pause, and not for a limit', async () => {
    const moving = new ManualClock({ start: 0, autoAdvance: true });
    const own = new Alarms(moving);
    void waitFor(NEVER, own, { limitMs: 30_000, onTimeout: () => new Error('late') }).catch(ring('given up'));
    await pause(1_000, own);
    expect(moving.monotonic()).toBe(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([moving.monotonic(), rung]).toEqual([1_000, []]);
  });
});
