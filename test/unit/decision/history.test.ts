import { describe, expect, it } from '@jest/globals';
import { noted } from '../../../lib/decision/history.js';
import { adopt, entomb } from '../../../lib/decision/transitions.js';
import { readInstallation, writeInstallation } from '../../../lib/installation/installation-codec.js';
import { pendingInstallation, type Installation, type Trouble } from '../../../lib/installation/installation.js';
import { credential, DAY, HOUR, installation, NOW, trouble } from './support/made.js';

const place = { kind: 'location', id: 'location1', companyId: undefined } as const;

/** The installation as it is stored after each of these steps. */
const lived = (from: Installation, ...steps: readonly ((before: Installation) => Installation)[]): Installation =>
  steps.reduce((before, step, index) => {
    const after = step(before);
    return { ...after, history: noted(before, after, NOW + index * HOUR) };
  }, from);

const renewed = (n: number) => (before: Installation) =>
  adopt(before, credential({ id: `renewed ${n}`, origin: 'refresh', obtainedAt: NOW + n * DAY }), NOW + n * DAY);
const inTrouble = (given: Partial<Trouble> = {}) => {
  return (before: Installation): Installation => ({ ...before, state: 'retrying', trouble: trouble(given) });
};
const well = (before: Installation): Installation => ({ ...before, state: 'active', trouble: null });

describe('the history of an installation', () => {
  it('begins with the first credential, and the state that it led to', () => {
    const after = adopt(pendingInstallation(place, NOW), credential(), NOW, { traceId: 'trace-1' });
    expect(noted(null, after, NOW)).toEqual([
      { at: NOW, event: 'credential', origin: 'code', generation: 1, traceId: 'trace-1' },
      { at: NOW, event: 'state', from: null, to: 'active' },
    ]);
  });

  it('says from which state to which it went, when and why', () => {
    const ended = installation({
      state: 'needs_reauthorization',
      trouble: trouble({ code: 'GHL_GRANT_REFUSED', message: 'Refreshing: HTTP 400', traceId: 'trace-2' }),
    });
    const why = { code: 'GHL_GRANT_REFUSED', reason: 'Refreshing: HTTP 400', traceId: 'trace-2' };
    expect(noted(installation(), ended, NOW + 1)).toEqual([
      { at: NOW + 1, event: 'state', from: 'active', to: 'needs_reauthorization', ...why },
    ]);
    expect(noted(installation(), entomb(installation(), NOW), NOW)).toEqual([
      { at: NOW, event: 'state', from: 'active', to: 'uninstalled' },
    ]);
  });

  it('says when trouble begins or becomes another, where the state stays, and nothing of the same once more', () => {
    const { history } = lived(
      installation({ state: 'suspended' }),
      (before) => ({ ...before, trouble: trouble() }),
      (before) => ({ ...before, trouble: trouble({ attempts: 2, message: 'Refreshing: HTTP 502' }) }),
      (before) => ({ ...before, trouble: trouble({ code: 'GHL_RATE_LIMITED' }) }),
    );
    expect(history).toMatchObject([
      { at: NOW, event: 'trouble', code: 'GHL_UPSTREAM_UNAVAILABLE' },
      { at: NOW + 2 * HOUR, event: 'trouble', code: 'GHL_RATE_LIMITED' },
    ]);
  });

  it.each<[string, Partial<Installation>]>([
    ['a lease', { lease: { id: 'lease', at: NOW } }],
    ['a mark', { mark: { credentialId: 'present', at: NOW, times: 1 } }],
    ['a note of use', { lastUsedAt: NOW + DAY }],
    ['a change that was told', { untold: [] }],
    ['a refusal that is remembered', { credential: credential({ refreshTokenRefused: true }) }],
  ])('says nothing of %s', (_, change) => {
    const before = installation({ history: [{ at: NOW, event: 'state', from: null, to: 'active' }] });
    expect(noted(before, { ...before, ...change }, NOW + HOUR)).toBe(before.history);
  });

  it('says nothing of a place of which only the name is known', () => {
    expect(noted(null, pendingInstallation(place, NOW), NOW)).toEqual([]);
  });

  it('keeps the first and the latest of renewals in a row, whose generations count those between', () => {
    const { history } = lived(installation(), ...Array.from({ length: 400 }, (_, n) => renewed(n)));
    expect(history).toEqual([
      { at: NOW, event: 'credential', origin: 'refresh', generation: 2 },
      { at: NOW + 399 * DAY, event: 'credential', origin: 'refresh', generation: 401 },
    ]);
  });

  const upAndDown = (count: number, given: Partial<Trouble> = {}) =>
    lived(installation(), ...Array.from({ length: count }, () => [inTrouble(given), well]).flat());

  it('keeps the latest twelve events', () => {
    const { history } = upAndDown(20);
    expect(history).toHaveLength(12);
    expect(history?.at(-1)).toEqual({ at: NOW + 39 * HOUR, event: 'state', from: 'retrying', to: 'active' });
  });

  it('takes no more than 1.5 kB of the body, whatever HighLevel says', () => {
    const { history, ...rest } = upAndDown(20, { message: 'x'.repeat(2_000), traceId: 'trace'.padEnd(200, '-') });
    expect(history?.at(-1)).toMatchObject({ to: 'active' });
    expect(history?.at(-2)).toMatchObject({ to: 'retrying', reason: 'x'.repeat(100) });
    const growth = writeInstallation({ ...rest, history: history ?? [] }).length - writeInstallation(rest).length;
    expect(growth).toBeLessThan(1_530);
  });

  it('is that of who writes back what the store lost, with the credential noted once', () => {
    const held = lived(installation(), renewed(1), renewed(2));
    const backup = { ...installation(), history: [] };
    expect(noted(backup, held, NOW + 9 * DAY)).toBe(held.history);
    expect(noted(null, held, NOW + 9 * DAY)).toEqual([
      ...(held.history ?? []),
      { at: NOW + 9 * DAY, event: 'state', from: null, to: 'active' },
    ]);
  });

  it('goes on from what is stored where a change brings none along', () => {
    const before = installation({ history: [{ at: NOW, event: 'state', from: null, to: 'active' }] });
    expect(noted(before, entomb(installation(), NOW), NOW)).toHaveLength(2);
  });
});

describe('the history in the text of a record', () => {
  it('is empty where a release wrote it that knew of none, and passes also with events of a later one', () => {
    expect(readInstallation(writeInstallation(installation()))?.history).toBeUndefined();
    const later = { ...installation(), history: [{ at: NOW, event: 'moved', where: 'elsewhere' }] };
    expect(readInstallation(JSON.stringify(later))).toEqual(later);
  });

  it.each<[string, unknown]>([
    ['no list', {}],
    ['an event without a moment', [{ event: 'state' }]],
    ['an event at a moment that no date can hold', [{ at: 1e300, event: 'state' }]],
    ['a reason that is no text', [{ at: NOW, event: 'state', reason: {} }]],
    ['nothing in the place of an event', [null]],
  ])('makes no installation with %s', (_, history) => {
    expect(readInstallation(JSON.stringify({ ...installation(), history }))).toBeNull();
  });
});
