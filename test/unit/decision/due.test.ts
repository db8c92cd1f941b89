import { describe, expect, it } from '@jest/globals';
import { dueOf } from '../../../lib/decision/due.js';
import { credential, DAY, HOUR, installation, MINUTE, NOW, policy, trouble } from './support/made.js';

const windows = { ...policy().windows, spreadMs: 0, idleAfterMs: 7 * DAY, maxRefreshTokenAgeMs: 300 * DAY };
const due = (given: Parameters<typeof installation>[0]) => dueOf(installation(given), 'key', windows, NOW);

describe('a record is due', () => {
  it.each([
    ['pending: at once', { state: 'pending', credential: null, generation: 0 }, NOW],
    ['active: at its advisory window', {}, NOW + DAY - HOUR],
    ['active, renewed by minting: when somebody asks', { credential: credential({ refreshToken: null }) }, null],
    [
      'active with a refused refresh token: when somebody asks',
      { credential: credential({ refreshTokenRefused: true }) },
      null,
    ],
    ['retrying: at its next attempt', { state: 'retrying', trouble: trouble({ retryAt: NOW + MINUTE }) }, NOW + MINUTE],
    [
      'suspended: at its slow look',
      { state: 'suspended', trouble: trouble({ retryAt: NOW + 6 * HOUR }) },
      NOW + 6 * HOUR,
    ],
    ['given up: never', { state: 'needs_reauthorization', trouble: trouble({ retryAt: null }) }, null],
    [
      'given up, a reopened way failed: at its next attempt',
      { state: 'needs_reauthorization', trouble: trouble({ retryAt: NOW + HOUR }) },
      NOW + HOUR,
    ],
    ['a tombstone: never', { state: 'uninstalled', credential: null }, null],
    [
      'an unfinished rotation: from when it began',
      { mark: { credentialId: 'present', at: NOW + 1, times: 1 } },
      NOW + 1,
    ],
    [
      'an unfinished rotation in trouble: at the next attempt',
      {
        state: 'retrying',
        trouble: trouble({ retryAt: NOW + MINUTE }),
        mark: { credentialId: 'present', at: NOW, times: 2 },
      },
      NOW + MINUTE,
    ],
    [
      'untold changes: from the oldest on',
      { untold: [{ id: 'x', from: null, to: 'active', at: NOW + 2, trouble: null }] },
      NOW + 2,
    ],
    [
      'an untold tombstone: from its change on',
      {
        state: 'uninstalled',
        credential: null,
        untold: [{ id: 'x', from: 'active', to: 'uninstalled', at: NOW + 3, trouble: null }],
      },
      NOW + 3,
    ],
  ] as const)('%s', (_, given, expected) => {
    expect(due(given)).toBe(expected);
  });

  it('at the earliest of several moments', () => {
    const untold = [{ id: 'x', from: null, to: 'active' as const, at: NOW + 5, trouble: null }];
    expect(due({ state: 'retrying', trouble: trouble({ retryAt: NOW + MINUTE }), untold })).toBe(NOW + 5);
    expect(due({ state: 'retrying', trouble: trouble({ retryAt: NOW + 1 }), untold })).toBe(NOW + 1);
  });
});
