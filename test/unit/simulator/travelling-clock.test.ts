import { describe, expect, it } from '@jest/globals';
import { TravellingClock } from '../../../lib/testing.js';

describe('TravellingClock', () => {
  it('runs by itself, and as far ahead as it was set', async () => {
    const clock = new TravellingClock();
    const [wall, monotonic] = [clock.now() - Date.now(), clock.monotonic() - performance.now()];
    expect(Math.abs(wall)).toBeLessThan(1_000);
    await clock.advance(86_400_000);
    expect(clock.now() - Date.now() - wall).toBeGreaterThan(86_399_000);
    expect(clock.monotonic() - performance.now() - monotonic).toBeGreaterThan(86_399_000);
  });

  it('wakes who sleeps until a moment that it passes over, and no other', async () => {
    const clock = new TravellingClock();
    const woken: string[] = [];
    const giveUp = new AbortController();
    const sleep = (name: string, ms: number) => clock.sleep(ms, { signal: giveUp.signal }).then(() => woken.push(name));
    const all = [sleep('an hour', 3_600_000), sleep('a day', 86_400_000), sleep('a week', 604_800_000)];
    await clock.advance(86_400_000);
    expect(woken.sort()).toEqual(['a day', 'an hour']);
    giveUp.abort();
    await Promise.all(all);
  });

  it('sleeps on real time where nobody sets it', async () => {
    const clock = new TravellingClock();
    const before = performance.now();
    await clock.sleep(20);
    expect(performance.now() - before).toBeGreaterThan(18);
    await clock.sleep(60_000, { signal: AbortSignal.abort() });
  });
});
