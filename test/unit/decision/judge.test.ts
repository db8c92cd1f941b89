import { describe, expect, it } from '@jest/globals';
import { isRejected, USABLE, type Demand } from '../../../lib/decision/demand.js';
import { judge, mayServeMeanwhile, satisfies, type WaysBack } from '../../../lib/decision/judge.js';
import { credential, DAY, HOUR, installation, MINUTE, NOW, policy, SECOND, trouble } from './support/made.js';

const SHUT: WaysBack = { isOpen: () => false };
const RENEWAL: Demand = { need: 'renewal' };
const ROTATION: Demand = { need: 'rotation' };
const replacement = (rejected: string, verdict: 'expired' | 'unclear' = 'expired'): Demand => ({
  need: 'replacement',
  rejected,
  verdict,
});
const at = (now: number, demand: Demand, given: Parameters<typeof installation>[0] = {}, ways = SHUT) =>
  judge(installation(given), demand, policy(), ways, now);

describe('an active installation', () => {
  it.each([
    ['fresh', NOW, 'serve', 'serve'],
    ['just before its advisory window', NOW + DAY - HOUR - 1, 'serve', 'serve'],
    ['in its advisory window', NOW + DAY - HOUR, 'serve', 'recover'],
    ['in its mandatory window', NOW + DAY - MINUTE, 'recover', 'recover'],
    ['expired', NOW + DAY, 'recover', 'recover'],
  ])('%s: for use %s, for renewal …', (_, now, usable, renewal) => {
    expect(at(now, USABLE)).toBe(usable);
    expect(at(now, RENEWAL)).toBe(renewal);
    expect(at(now, ROTATION)).toBe('recover');
  });

  it('is recovered for a caller who needs the token for longer than it lives', () => {
    expect(at(NOW + 20 * HOUR, { need: 'usable', minValidityMs: 3 * HOUR })).toBe('serve');
    expect(at(NOW + 20 * HOUR, { need: 'usable', minValidityMs: 5 * HOUR })).toBe('recover');
  });

  it('is not rotated at every call of one who asks for more than any token has', () => {
    const greedy: Demand = { need: 'usable', minValidityMs: 30 * DAY };
    expect(at(NOW, greedy)).toBe('serve');
    expect(at(NOW + HOUR, greedy)).toBe('serve');
    expect(at(NOW + HOUR + 1, greedy)).toBe('recover');
  });

  it('serves whoever was rejected with another credential', () => {
    expect(at(NOW, replacement('an earlier one'))).toBe('serve');
    expect(at(NOW + DAY, replacement('an earlier one'))).toBe('recover');
  });

  it.each(['present', 'access-token'])(
    'is recovered where its credential was rejected (as "%s"), unless that is seconds old',
    (rejected) => {
      expect(at(NOW + 5 * SECOND - 1, replacement(rejected))).toBe('serve');
      expect(at(NOW + 5 * SECOND, replacement(rejected))).toBe('recover');
    },
  );

  it('is recovered rarely where new credentials are rejected too', () => {
    expect(at(NOW + MINUTE, replacement('present'), { rejections: 3 })).toBe('serve');
    expect(at(NOW + 5 * SECOND * 64, replacement('present'), { rejections: 3 })).toBe('recover');
    expect(at(NOW + HOUR, replacement('present', 'unclear'), { rejections: 1 })).toBe('serve');
    expect(at(NOW + 4 * HOUR, replacement('present', 'unclear'), { rejections: 1 })).toBe('recover');
  });

  it('is recovered where there is no credential', () => {
    for (const demand of [USABLE, RENEWAL, ROTATION, replacement('any')]) {
      expect(at(NOW, demand, { state: 'pending', generation: 0, credential: null })).toBe('recover');
    }
  });
});

describe('a retrying installation', () => {
  const retrying = { state: 'retrying', trouble: trouble({ retryAt: NOW + HOUR }) } as const;

  it('serves what is valid still, and otherwise fails until its next attempt', () => {
    expect(at(NOW, USABLE, retrying)).toBe('serve');
    expect(at(NOW, ROTATION, retrying)).toBe('fail');
    expect(at(NOW + MINUTE, replacement('present'), retrying)).toBe('fail');
    expect(at(NOW, USABLE, { ...retrying, credential: null })).toBe('fail');
    const old = { ...retrying, credential: credential({ obtainedAt: NOW - DAY, expiresAt: NOW + 30 * SECOND }) };
    expect(at(NOW, USABLE, old)).toBe('serve');
    expect(at(NOW + 30 * SECOND, USABLE, old)).toBe('fail');
  });

  it('is recovered when its attempt is due', () => {
    expect(at(NOW + HOUR, ROTATION, retrying)).toBe('recover');
    expect(at(NOW, ROTATION, { ...retrying, trouble: trouble({ retryAt: null }) })).toBe('recover');
  });
});

describe('a suspended installation', () => {
  it('fails until its slow look, however valid its token', () => {
    const suspended = { state: 'suspended', trouble: trouble({ retryAt: NOW + 6 * HOUR }) } as const;
    for (const demand of [USABLE, RENEWAL, ROTATION, replacement('other')]) {
      expect(at(NOW, demand, suspended)).toBe('fail');
      expect(at(NOW + 6 * HOUR, demand, suspended)).toBe('recover');
    }
  });
});

describe('an installation that needs reauthorization', () => {
  const givenUp = {
    state: 'needs_reauthorization',
    trouble: trouble({ retryAt: null }),
    lacking: ['reconnect'],
  } as const;
  const open: WaysBack = { isOpen: (way) => way === 'reconnect' };

  it('fails until what it lacked is there again', () => {
    for (const demand of [USABLE, RENEWAL, ROTATION, replacement('other')]) {
      expect(at(NOW, demand, givenUp)).toBe('fail');
      expect(at(NOW, demand, givenUp, open)).toBe('recover');
    }
    expect(at(NOW, USABLE, { ...givenUp, lacking: ['company'] }, open)).toBe('fail');
    expect(at(NOW, USABLE, { ...givenUp, lacking: [] }, { isOpen: () => true })).toBe('fail');
  });

  it('waits for its next attempt where a reopened way has just failed', () => {
    const failed = { ...givenUp, trouble: trouble({ retryAt: NOW + HOUR }) };
    expect(at(NOW, USABLE, failed, open)).toBe('fail');
    expect(at(NOW + HOUR, USABLE, failed, open)).toBe('recover');
  });
});

it('a tombstone always fails', () => {
  const gone = { state: 'uninstalled', credential: null } as const;
  for (const demand of [USABLE, RENEWAL, ROTATION, replacement('any')]) {
    expect(at(NOW, demand, gone, { isOpen: () => true })).toBe('fail');
  }
});

describe('what may be served while recovery has to wait', () => {
  it.each([
    ['active', true],
    ['retrying', true],
    ['suspended', false],
    ['needs_reauthorization', false],
  ] as const)('%s with a valid token: %p', (state, expected) => {
    expect(mayServeMeanwhile(installation({ state }), USABLE, NOW)).toBe(expected);
  });

  it('is a token that fits the demand and has not been rejected', () => {
    const held = installation();
    expect(mayServeMeanwhile(held, USABLE, NOW + DAY - 1)).toBe(true);
    expect(mayServeMeanwhile(held, USABLE, NOW + DAY)).toBe(false);
    expect(mayServeMeanwhile(held, RENEWAL, NOW)).toBe(true);
    expect(mayServeMeanwhile(held, ROTATION, NOW)).toBe(false);
    expect(mayServeMeanwhile(held, replacement('present'), NOW)).toBe(false);
    expect(mayServeMeanwhile(held, replacement('other'), NOW)).toBe(true);
    expect(mayServeMeanwhile(held, { need: 'usable', minValidityMs: 2 * DAY }, NOW)).toBe(false);
    expect(mayServeMeanwhile(installation({ credential: null }), USABLE, NOW)).toBe(false);
  });
});

it('a credential is named by its id or its token, and by nothing else', () => {
  expect(isRejected(credential(), 'present')).toBe(true);
  expect(isRejected(credential(), 'access-token')).toBe(true);
  expect(isRejected(credential(), 'refresh-token')).toBe(false);
  expect(isRejected(credential(), '')).toBe(false);
  expect(satisfies(installation(), replacement('refresh-token'), policy(), NOW)).toBe(true);
});
