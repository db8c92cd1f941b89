import { describe, expect, it } from '@jest/globals';
import { isRefreshable, nextRung, type RungAnswer, type RungReport } from '../../../lib/decision/ladder.js';
import type { Rung } from '../../../lib/installation/installation.js';
import { credential, installation, policy } from './support/made.js';

const failure = { code: 'GHL_GRANT_REFUSED', message: 'refused' } as const;
const next: RungAnswer = { kind: 'next', definite: true, failure };
const report = (rung: Rung, answer: RungAnswer = next): RungReport => ({ rung, answer });

describe('the ladder', () => {
  it('goes from refresh over mint to reconnect', () => {
    const held = installation();
    expect(nextRung(held, [], policy())).toBe('refresh');
    expect(nextRung(held, [report('refresh')], policy())).toBe('mint');
    expect(nextRung(held, [report('refresh'), report('mint')], policy())).toBe('reconnect');
    expect(nextRung(held, [report('refresh'), report('mint'), report('reconnect')], policy())).toBeNull();
  });

  it.each([
    ['recovered', { kind: 'recovered', credential: credential() }],
    ['later', { kind: 'later', failure }],
    ['suspended', { kind: 'suspended', failure }],
  ] as const)('ends at an answer of the kind %s', (_, answer) => {
    expect(nextRung(installation(), [report('refresh', answer)], policy())).toBeNull();
  });

  it.each([
    ['no credential', { credential: null }],
    ['no refresh token', { credential: credential({ refreshToken: null }) }],
    ['a refused refresh token', { credential: credential({ refreshTokenRefused: true }) }],
  ])('passes over refresh with %s', (_, given) => {
    expect(isRefreshable(installation(given))).toBe(false);
    expect(nextRung(installation(given), [], policy())).toBe('mint');
  });

  it('never goes back to a rung whose token has come to be refused on the way', () => {
    expect(nextRung(installation(), [report('mint')], policy())).toBe('reconnect');
  });

  it('mints only for a location whose company is known', () => {
    const bare = { credential: null };
    expect(nextRung(installation({ ...bare, companyId: null }), [], policy())).toBe('reconnect');
    expect(nextRung(installation({ ...bare, locationId: null }), [], policy())).toBe('reconnect');
  });

  it('leaves out what is switched off', () => {
    const without = (rungs: { mint: boolean; reconnect: boolean }) => policy({ rungs });
    expect(nextRung(installation(), [report('refresh')], without({ mint: false, reconnect: true }))).toBe('reconnect');
    expect(nextRung(installation(), [report('mint')], without({ mint: true, reconnect: false }))).toBeNull();
    expect(nextRung(installation({ credential: null }), [], without({ mint: false, reconnect: false }))).toBeNull();
  });
});
