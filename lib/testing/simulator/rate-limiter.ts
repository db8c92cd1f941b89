import type { RateLimit } from './settings.js';

/** Where a caller stands. */
export interface LimitState {
  readonly allowed: boolean;
  /** Ms until the limit that was hit, or else the interval, starts anew. */
  readonly resetMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Counter {
  intervalStart: number;
  inInterval: number;
  day: number;
  today: number;
}

const DAY = 86_400_000;

/** Counts calls per key, in fixed intervals and UTC days. */
export class RateLimiter {
  private readonly counters = new Map<string, Counter>();

  /** Counts one call. Calls that are not allowed do not count. */
  count(key: string, limit: RateLimit, now: number): LimitState {
    const day = Math.floor(now / DAY);
    let counter = this.counters.get(key);
    if (!counter) this.counters.set(key, (counter = { intervalStart: now, inInterval: 0, day, today: 0 }));
    if (now - counter.intervalStart >= limit.intervalMs) Object.assign(counter, { intervalStart: now, inInterval: 0 });
    if (counter.day !== day) Object.assign(counter, { day, today: 0 });

    const overToday = counter.today >= limit.daily;
    const allowed = !overToday && counter.inInterval < limit.max;
    if (allowed) {
      counter.inInterval++;
      counter.today++;
    }
    return {
      allowed,
      resetMs: overToday ? (day + 1) * DAY - now : counter.intervalStart + limit.intervalMs - now,
      headers: {
        'x-ratelimit-limit-daily': String(limit.daily),
        'x-ratelimit-daily-remaining': String(limit.daily - counter.today),
        'x-ratelimit-interval-milliseconds': String(limit.intervalMs),
        'x-ratelimit-max': String(limit.max),
        'x-ratelimit-remaining': String(Math.max(0, limit.max - counter.inInterval)),
      },
    };
  }
}
