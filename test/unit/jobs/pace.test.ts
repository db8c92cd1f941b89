import { describe, expect, it } from '@jest/globals';
import { Pace, PacedTransport } from '../../../lib/highlevel/pace.js';
import type { HighLevelRequest, HighLevelTransport } from '../../../lib/highlevel/transport.js';
import { ManualClock } from '../../../lib/testing.js';
import { inBulk } from '../../../lib/time/apart.js';

const S = 1_000;
const MINUTE = 60 * S;
const LATENCY_MS = 20;
const REQUEST: HighLevelRequest = { method: 'POST', url: 'https://h/oauth/token', headers: {}, timeoutMs: S };

/** A HighLevel that takes so many calls in each second, and answers 429 to the rest. */
class Taking implements HighLevelTransport {
  readonly at: { readonly ms: number; readonly status: number }[] = [];
  headers: Record<string, string> = {};
  private window = 0;
  private inWindow = 0;

  constructor(
    private readonly clock: ManualClock,
    public perSecond: number,
  ) {}

  async send(): Promise<{ status: number; headers: Record<string, string>; body: string }> {
    const window = Math.floor(this.clock.monotonic() / S);
    if (window !== this.window) [this.window, this.inWindow] = [window, 0];
    this.inWindow += 1;
    const status = this.inWindow > this.perSecond ? 429 : 200;
    this.at.push({ ms: this.clock.monotonic(), status });
    await this.clock.sleep(LATENCY_MS);
    return { status, headers: this.headers, body: '{}' };
  }

  /** Calls per second that it took between two moments (ms). */
  rate(from: number, to: number): number {
    return (this.at.filter(({ ms, status }) => status === 200 && ms >= from && ms < to).length * S) / (to - from);
  }

  refused(from = 0, to = Number.POSITIVE_INFINITY): number {
    return this.at.filter(({ ms, status }) => status === 429 && ms >= from && ms < to).length;
  }
}

const scene = (perSecond: number, processes = 1, cap: number | null = null) => {
  const clock = new ManualClock();
  const highLevel = new Taking(clock, perSecond);
  const paces = Array.from({ length: processes }, () => new Pace(clock));
  for (const pace of paces) {
    pace.engage(cap);
    pace.share(processes);
  }
  /** As many calls as can be had, from every process, for so long. */
  const run = async (ms: number): Promise<void> => {
    const until = clock.monotonic() + ms;
    /** As a job does: no more at once than calls in a second. */
    const work = async (pace: Pace): Promise<void> => {
      const transport = new PacedTransport(highLevel, pace);
      const active = new Set<Promise<void>>();
      while (clock.monotonic() < until) {
        await pace.open();
        while (active.size < Math.max(1, Math.floor(pace.rate))) {
          const call = inBulk(() => transport.send(REQUEST)).then(() => void active.delete(call));
          active.add(call);
        }
        await Promise.race(active);
      }
      await Promise.all(active);
    };
    await clock.drive(Promise.all(paces.map(work)));
  };
  return { clock, highLevel, paces, run };
};

describe('calls in bulk', () => {
  it.each([
    ['one process', 1, 50],
    ['four processes', 4, 100],
  ])('keep to a limit that is known, and use at least 95 %% of it (%s)', async (_, processes, limit) => {
    const { highLevel, run } = scene(limit, processes, limit);
    await run(2 * MINUTE);
    expect(highLevel.refused()).toBe(0);
    expect(highLevel.rate(10 * S, 2 * MINUTE)).toBeGreaterThanOrEqual(limit * 0.95);
  });

  it('take the limit from the headers, and a higher one when HighLevel says so', async () => {
    const { highLevel, run } = scene(50);
    highLevel.headers = { 'x-ratelimit-max': '500', 'x-ratelimit-interval-milliseconds': '10000' };
    await run(MINUTE);
    expect(highLevel.refused()).toBe(0);
    expect(highLevel.rate(10 * S, MINUTE)).toBeGreaterThanOrEqual(50 * 0.95);
    highLevel.perSecond = 100;
    highLevel.headers = { 'x-ratelimit-max': '1000', 'x-ratelimit-interval-milliseconds': '10000' };
    await run(MINUTE);
    expect(highLevel.rate(70 * S, 2 * MINUTE)).toBeGreaterThanOrEqual(100 * 0.95);
  });

  it('find out a limit that nobody names: at least 80 % of it after a minute', async () => {
    const { highLevel, run } = scene(50);
    await run(5 * MINUTE);
    expect(highLevel.rate(MINUTE, 5 * MINUTE)).toBeGreaterThanOrEqual(50 * 0.8);
    const refused = highLevel.at.filter(({ status }) => status === 429).map(({ ms }) => ms);
    const attempts = refused.filter((ms, n) => ms - (refused[n - 1] ?? Number.NEGATIVE_INFINITY) > S);
    // The one that was too many, and at most one that was under way when it was refused.
    expect(refused.length).toBeLessThanOrEqual(2 * attempts.length);
    expect(attempts.length).toBeLessThanOrEqual(12);
  });

  it('are fewer while HighLevel takes fewer, and more again by themselves', async () => {
    const { highLevel, run } = scene(100);
    await run(MINUTE);
    highLevel.perSecond = 10;
    await run(MINUTE);
    expect(highLevel.refused(80 * S, 2 * MINUTE)).toBeLessThanOrEqual(2);
    expect(highLevel.rate(80 * S, 2 * MINUTE)).toBeGreaterThanOrEqual(10 * 0.8);
    highLevel.perSecond = 100;
    await run(2 * MINUTE);
    expect(highLevel.rate(3 * MINUTE, 4 * MINUTE)).toBeGreaterThanOrEqual(100 * 0.8);
  });

  it('make room for calls that somebody waits for, which are made at once', async () => {
    const { clock, highLevel, paces, run } = scene(50, 1, 50);
    const live = new PacedTransport(highLevel, paces[0]!);
    const waits: number[] = [];
    const callers = (async () => {
      for (let call = 0; call < 200; call += 1) {
        await clock.sleep(100);
        const began = clock.monotonic();
        await live.send(REQUEST);
        waits.push(clock.monotonic() - began);
      }
    })();
    await run(25 * S);
    await clock.drive(callers);
    expect(Math.max(...waits)).toBe(LATENCY_MS);
    expect(highLevel.refused()).toBe(0);
  });
});
