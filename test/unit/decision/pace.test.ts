import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backOffMs } from '../../../lib/decision/back-off.js';
import { isWorthRecovering, nextRejections } from '../../../lib/decision/rejection.js';
import { isUsable, renewalMoments } from '../../../lib/decision/renewal.js';
import { credential, DAY, HOUR, MINUTE, NOW, policy, SECOND } from './support/made.js';

const { windows, guard, backOff } = policy();

describe('the back-off', () => {
  it('doubles from its base to its bound, of which a random half is taken off', () => {
    const waits = [1, 2, 3, 4, 10, 11, 1_000].map((attempts) => backOffMs(attempts, backOff, 1));
    expect(waits).toEqual([5, 10, 20, 40, 2_560, 3_600, 3_600].map((seconds) => seconds * SECOND));
    expect(backOffMs(3, backOff, 0)).toBe(10 * SECOND);
    expect(backOffMs(3, backOff, 0.5)).toBe(15 * SECOND);
  });

  it('never leaves half and whole of its bound, whatever it is asked', () => {
    const ms = fc.integer({ min: 1, max: DAY });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        ms,
        ms,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, baseMs, maxMs, random) => {
          const wait = backOffMs(attempts, { baseMs, maxMs }, random);
          return Number.isSafeInteger(wait) && wait >= 0 && wait <= maxMs;
        },
      ),
    );
  });
});

describe('the renewal windows', () => {
  it('end with the token', () => {
    expect(renewalMoments(credential(), windows)).toEqual({
      advisoryAt: NOW + DAY - HOUR,
      mandatoryAt: NOW + DAY - MINUTE,
    });
  });

  it('shrink with a short life: a quarter and a tenth of it', () => {
    const short = credential({ expiresAt: NOW + 100 * SECOND });
    expect(renewalMoments(short, windows)).toEqual({ advisoryAt: NOW + 75 * SECOND, mandatoryAt: NOW + 90 * SECOND });
  });

  it('are empty where a token has expired before it was obtained', () => {
    const strange = credential({ expiresAt: NOW - HOUR });
    expect(renewalMoments(strange, windows)).toEqual({ advisoryAt: NOW - HOUR, mandatoryAt: NOW - HOUR });
    expect(isUsable(strange, windows, NOW)).toBe(false);
  });

  it('come in order, before the end, and after the beginning', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 * DAY }),
        fc.nat(DAY),
        fc.nat(HOUR),
        (life, mandatoryWindowMs, more) => {
          const moments = renewalMoments(credential({ expiresAt: NOW + life }), {
            mandatoryWindowMs,
            advisoryWindowMs: mandatoryWindowMs + more,
          });
          return (
            NOW <= moments.advisoryAt && moments.advisoryAt <= moments.mandatoryAt && moments.mandatoryAt <= NOW + life
          );
        },
      ),
    );
  });

  it('let a token be used up to the mandatory one', () => {
    expect(isUsable(credential(), windows, NOW + DAY - MINUTE - 1)).toBe(true);
    expect(isUsable(credential(), windows, NOW + DAY - MINUTE)).toBe(false);
    expect(isUsable(credential(), windows, NOW + DAY - 2 * HOUR, 2 * HOUR)).toBe(true);
    expect(isUsable(credential(), windows, NOW + DAY - 2 * HOUR, 2 * HOUR + 1)).toBe(false);
  });

  it('let a new token be used, however much is asked of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: SECOND, max: 400 * DAY }),
        fc.double({ min: 0, noNaN: true }),
        (life, minValidityMs) => isUsable(credential({ expiresAt: NOW + life }), windows, NOW, minValidityMs),
      ),
    );
  });
});

describe('a rejection', () => {
  it.each([
    [0, 5 * SECOND, 5 * SECOND],
    [1, 20 * SECOND, 4 * HOUR],
    [2, 80 * SECOND, 16 * HOUR],
    [3, 320 * SECOND, DAY],
    [20, DAY, DAY],
  ])(
    'after %i in a row is worth a recovery at the age of %i ms, in unknown words of %i ms',
    (rejections, expired, unclear) => {
      const at = (verdict: 'expired' | 'unclear', age: number) =>
        isWorthRecovering(credential(), rejections, verdict, guard, NOW + age);
      expect([at('expired', expired - 1), at('expired', expired)]).toEqual([false, true]);
      expect([at('unclear', unclear - 1), at('unclear', unclear)]).toEqual([false, true]);
    },
  );

  it('is worth one where the clock was set back behind the credential', () => {
    expect(isWorthRecovering(credential(), 20, 'unclear', guard, NOW - 1)).toBe(true);
  });

  it.each(['expired', 'unclear'] as const)(
    'of every token, in words that are %s, costs a few rotations a day and not one a call',
    (verdict) => {
      let rotations = 0;
      let rejections = 0;
      let held = credential();
      for (let now = NOW; now < NOW + 7 * DAY; now += SECOND) {
        if (!isWorthRecovering(held, rejections, verdict, guard, now)) continue;
        rejections = nextRejections(held, rejections, now);
        held = credential({ obtainedAt: now });
        rotations += 1;
      }
      expect(rotations).toBeLessThanOrEqual(verdict === 'expired' ? 7 * 5 : 7 * 2);
    },
  );

  it('begins anew with a credential that was accepted for long', () => {
    expect(nextRejections(credential(), 0, NOW + MINUTE)).toBe(1);
    expect(nextRejections(credential(), 1, NOW + MINUTE)).toBe(2);
    expect(nextRejections(credential(), 1, NOW + 16 * HOUR - 1)).toBe(2);
    expect(nextRejections(credential(), 1, NOW + 16 * HOUR)).toBe(1);
    expect(nextRejections(credential(), 7, NOW + DAY - 1)).toBe(8);
    expect(nextRejections(credential(), 7, NOW + DAY)).toBe(1);
    expect(nextRejections(null, 2, NOW)).toBe(3);
  });
});
