import { describe, expect, it } from '@jest/globals';
import type { RungAnswer, RungReport } from '../../../lib/decision/ladder.js';
import { adopt, conclude, countUnclear, entomb, withRefreshTokenRefused } from '../../../lib/decision/transitions.js';
import type { Installation, Rung } from '../../../lib/installation/installation.js';
import { CLIENT_ID, credential, DAY, HOUR, installation, NOW, policy, SECOND } from './support/made.js';

const failed = (rung: Rung, answer: Partial<RungAnswer> & Pick<RungAnswer, 'kind'>): RungReport => ({
  rung,
  answer: {
    failure: { code: 'GHL_GRANT_REFUSED', message: `${rung} failed`, traceId: `trace ${rung}`, status: 400 },
    ...answer,
  } as RungAnswer,
});
const definite = (rung: Rung, more = {}) => failed(rung, { kind: 'next', definite: true, ...more });
const unsure = (rung: Rung, more = {}) => failed(rung, { kind: 'next', definite: false, ...more });
const later = (rung: Rung, retryAfterMs: number | null = null) => failed(rung, { kind: 'later', retryAfterMs });
const after = (reports: RungReport[], given: Partial<Installation> = {}, now = NOW) =>
  conclude(installation(given), reports, policy(), now, 1);

describe('a climb that brought nothing', () => {
  it('ends in needs_reauthorization where every rung is definitely closed, and says what would have to come back', () => {
    const end = after([
      definite('refresh'),
      definite('mint', { lacking: 'company' }),
      definite('reconnect', { lacking: 'reconnect' }),
    ]);
    expect(end).toMatchObject({
      state: 'needs_reauthorization',
      lacking: ['company', 'reconnect'],
      lease: null,
      trouble: {
        code: 'GHL_GRANT_REFUSED',
        message: 'reconnect failed',
        rung: 'reconnect',
        traceId: 'trace reconnect',
        status: 400,
        retryAt: null,
        attempts: 1,
      },
    });
    expect(end.untold).toMatchObject([{ from: 'active', to: 'needs_reauthorization', at: NOW }]);
  });

  it('says so too where there was no rung to climb', () => {
    const bare = conclude(
      installation({ credential: null, companyId: null }),
      [],
      policy({ rungs: { mint: true, reconnect: false } }),
      NOW,
      1,
    );
    expect(bare).toMatchObject({
      state: 'needs_reauthorization',
      lacking: ['reconnect'],
      trouble: { code: 'GHL_NEEDS_REAUTHORIZATION' },
    });
    const off = conclude(installation(), [], policy({ rungs: { mint: false, reconnect: false } }), NOW, 1);
    expect(off.lacking).toEqual(['reconnect', 'company']);
  });

  it.each([
    ['later', [later('refresh')]],
    ['perhaps another time', [unsure('refresh'), definite('reconnect')]],
  ])('ends in retrying where a rung is open: %s', (_, reports) => {
    expect(after(reports)).toMatchObject({
      state: 'retrying',
      trouble: { rung: 'refresh', retryAt: NOW + 5 * SECOND },
    });
  });

  it('backs off more with each attempt in a row', () => {
    let held = installation();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      held = conclude(held, [later('refresh')], policy(), NOW, 1);
      waits.push((held.trouble?.retryAt ?? 0) - NOW);
    }
    expect(waits).toEqual([5, 10, 20, 40].map((seconds) => seconds * SECOND));
    expect(held.trouble).toMatchObject({ attempts: 4, since: NOW });
    expect(held.untold).toHaveLength(1);
  });

  it('waits as long as HighLevel asks for, within reason', () => {
    expect(after([later('refresh', 90 * SECOND)]).trouble?.retryAt).toBe(NOW + 90 * SECOND);
    expect(after([later('refresh', 1)]).trouble?.retryAt).toBe(NOW + 5 * SECOND);
    expect(after([later('refresh', 400 * DAY)]).trouble?.retryAt).toBe(NOW + 2 * HOUR);
    expect(after([unsure('mint', { retryAt: NOW + HOUR })]).trouble?.retryAt).toBe(NOW + HOUR);
  });

  it('ends in suspended where HighLevel says that the place is not active', () => {
    const end = after([failed('refresh', { kind: 'suspended' })]);
    expect(end).toMatchObject({ state: 'suspended', trouble: { rung: 'refresh', retryAt: NOW + 6 * HOUR } });
    expect(end.credential).toEqual(installation().credential);
  });

  it('leaves a suspended place suspended where the look failed, at the pace of the back-off and without news', () => {
    const end = after([later('refresh')], { state: 'suspended' });
    expect(end).toMatchObject({ state: 'suspended', untold: [], trouble: { retryAt: NOW + 5 * SECOND } });
    expect(after([unsure('refresh'), unsure('reconnect')], { state: 'suspended' }).state).toBe('suspended');
    expect(after([definite('refresh'), later('reconnect')], { state: 'suspended' }).state).toBe('retrying');
  });

  it('leaves what was given up given up where a reopened way failed, without news', () => {
    const end = after([later('reconnect')], { state: 'needs_reauthorization', lacking: ['reconnect'] });
    expect(end).toMatchObject({
      state: 'needs_reauthorization',
      lacking: ['reconnect'],
      untold: [],
      trouble: { retryAt: NOW + 5 * SECOND },
    });
  });
});

describe('a new credential', () => {
  it('makes an installation active, whatever it was, and forgets its trouble', () => {
    const before = installation({
      state: 'needs_reauthorization',
      generation: 4,
      trouble: after([later('refresh')]).trouble,
      mark: { credentialId: 'present', at: NOW, times: 2 },
      lease: { id: 'lease', at: NOW },
      unclear: { refresh: { text: '400 what', count: 3, since: NOW } },
      lacking: ['reconnect'],
      rejections: 3,
    });
    const next = adopt(before, credential({ id: 'next', clientId: 'other-client' }), NOW + 1, { traceId: 'trace' });
    expect(next).toMatchObject({
      ...{
        state: 'active',
        stateSince: NOW + 1,
        generation: 5,
        trouble: null,
        mark: null,
        lease: null,
        unclear: {},
        lacking: [],
      },
      ...{ rejections: 0, clientId: 'other-client', traceId: 'trace', lineage: ['present'] },
    });
    expect(next.untold).toMatchObject([{ from: 'needs_reauthorization', to: 'active' }]);
  });

  it('tells of a first one as coming from nothing', () => {
    const first = adopt(installation({ state: 'pending', generation: 0, credential: null }), credential(), NOW);
    expect(first.untold).toMatchObject([{ from: null, to: 'active' }]);
    expect(first.lineage).toEqual([]);
  });

  it('remembers eight predecessors, and the company that it was granted under', () => {
    let held = installation({ credential: credential({ id: '0' }) });
    for (let id = 1; id <= 12; id += 1) held = adopt(held, credential({ id: String(id) }), NOW, { companyId: 'other' });
    expect(held.lineage).toEqual(['11', '10', '9', '8', '7', '6', '5', '4']);
    expect(held.companyId).toBe('other');
    expect(adopt(installation({ companyId: null }), credential(), NOW, { companyId: 'learnt' }).companyId).toBe(
      'learnt',
    );
  });
});

describe('changes that nobody hears', () => {
  it('pile up to twenty, the latest of them', () => {
    let held = installation();
    for (let time = 0; time < 30; time += 1) {
      held = adopt(conclude(held, [later('refresh')], policy(), NOW + time, 1), credential(), NOW + time);
    }
    expect(held.untold).toHaveLength(20);
    expect(held.untold.at(-1)).toMatchObject({ to: 'active', at: NOW + 29 });
    expect(new Set(held.untold.map(({ id }) => id)).size).toBe(20);
  });
});

describe('answers of unknown meaning', () => {
  const times = (count: number, over: number, text = '400 what') => {
    let held = installation();
    let converged = false;
    for (let time = 0; time < count; time += 1) {
      ({ installation: held, converged } = countUnclear(
        held,
        'refresh',
        text,
        NOW + Math.round((time * over) / (count - 1)),
        policy(),
      ));
    }
    return { held, converged };
  };

  it('make a refusal when they were many, equal and spread over a day', () => {
    expect(times(12, DAY).converged).toBe(true);
    expect(times(11, DAY).converged).toBe(false);
    expect(times(100, DAY - 1).converged).toBe(false);
  });

  it('are equal although ids and moments in them are not', () => {
    const said = (id: string) =>
      countUnclear(
        times(11, DAY, '400 request 8f3a77b1 failed at 1793610000').held,
        'refresh',
        id,
        NOW + DAY,
        policy(),
      );
    expect(said('400 request 0c11d2ee failed at 1793696400').converged).toBe(true);
    expect(said('403 request 0c11d2ee failed at 1793696400').converged).toBe(false);
    expect(said('400 request 0c11d2ee lost at 1793696400').converged).toBe(false);
  });

  it('begin anew with other words, and apart for every rung', () => {
    const { held } = times(11, DAY);
    const other = countUnclear(held, 'refresh', '403 what else', NOW + DAY, policy());
    expect(other).toMatchObject({
      converged: false,
      installation: { unclear: { refresh: { count: 1, since: NOW + DAY } } },
    });
    const reconnect = countUnclear(held, 'reconnect', '400 what', NOW + DAY, policy());
    expect(reconnect.converged).toBe(false);
    expect(reconnect.installation.unclear.refresh?.count).toBe(11);
  });
});

it('a refused refresh token is kept, and never presented again', () => {
  const held = withRefreshTokenRefused(installation({ mark: { credentialId: 'present', at: NOW, times: 1 } }));
  expect(held).toMatchObject({ mark: null, credential: { refreshToken: 'refresh-token', refreshTokenRefused: true } });
  expect(withRefreshTokenRefused(installation({ credential: null })).credential).toBeNull();
});

it('a tombstone keeps no credential, but its ancestry, the place, the generation and what is untold', () => {
  const gone = entomb(installation({ generation: 3 }), NOW + 1);
  expect(gone).toMatchObject({
    state: 'uninstalled',
    credential: null,
    lineage: ['present'],
    generation: 3,
    locationId: 'location1',
    clientId: CLIENT_ID,
  });
  expect(gone.untold).toMatchObject([{ from: 'active', to: 'uninstalled' }]);
});
