import { describe, expect, it } from '@jest/globals';
import type { FaultAction, FaultKind } from '../../../lib/testing.js';
import { simulation } from './support/simulation.js';

describe('a scripted fault', () => {
  it('meets so many requests, once unless told otherwise, and can be ended', () => {
    const { simulator, installed, api } = simulation();
    const { locationId, access } = installed();
    const ask = () => api('GET', `/locations/${locationId}`, access).status;
    simulator.fault({ do: { status: 503 } });
    expect([ask(), ask()]).toEqual([503, 200]);
    const twice = simulator.fault({ times: 2, do: { status: 502 } });
    expect([ask(), ask(), ask(), twice.hits]).toEqual([502, 502, 200, 2]);
    const outage = simulator.outage();
    expect([ask(), ask()]).toEqual([503, 503]);
    outage.end();
    expect(ask()).toBe(200);
    simulator.outage('html');
    simulator.clearFaults();
    expect(ask()).toBe(200);
  });

  it('meets only what it matches: path, method, place, client, grant, anything', () => {
    const { simulator, app, installed, bulk, api, refresh, exchange, mint, reconnect } = simulation();
    const [one, two] = [installed(), installed()];
    const ask = (place: typeof one) => api('GET', `/locations/${place.locationId}`, place.access).status;
    const meets = (match: NonNullable<Parameters<typeof simulator.fault>[0]['match']>, ...calls: (() => number)[]) => {
      const fault = simulator.outage({ status: 599 }, match);
      const statuses = calls.map((call) => call() === 599);
      fault.end();
      return statuses;
    };
    const calls = [
      () => ask(one),
      () => ask(two),
      () => refresh('x').status,
      () => exchange('x').status,
      () => reconnect({}).status,
    ];
    expect(meets({}, ...calls)).toEqual([true, true, true, true, true]);
    expect(meets({ path: '/oauth/token' }, ...calls)).toEqual([false, false, true, true, false]);
    expect(meets({ path: 'oauth' }, ...calls)).toEqual([false, false, true, true, true]);
    expect(meets({ path: 'api' }, ...calls)).toEqual([true, true, false, false, false]);
    expect(meets({ path: /^\/locations\// }, ...calls)).toEqual([true, true, false, false, false]);
    expect(meets({ method: 'get' }, ...calls)).toEqual([true, true, false, false, false]);
    expect(meets({ locationId: one.locationId }, ...calls)).toEqual([true, false, false, false, false]);
    expect(meets({ grantType: 'refresh_token' }, ...calls)).toEqual([false, false, true, false, false]);
    expect(meets({ clientId: app.client.clientId, path: 'oauth' }, ...calls)).toEqual([false, false, true, true, true]);
    expect(meets({ when: (request) => request.path.includes(two.locationId) }, ...calls)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);

    const company = bulk();
    const [locationId = ''] = company.locationIds;
    expect(
      meets(
        { locationId },
        () => mint(company.access, company.companyId, locationId).status,
        () => refresh(company.refresh).status,
      ),
    ).toEqual([true, false]);
    expect(meets({ companyId: company.companyId }, () => refresh(company.refresh).status)).toEqual([true]);
  });

  it('answers 429 with a Retry-After, or any status with any body and headers', () => {
    const { simulator, refresh } = simulation();
    simulator.fault({ do: { retryAfter: 2 } });
    expect(refresh('x')).toMatchObject({ status: 429, headers: { 'retry-after': '2' }, json: { statusCode: 429 } });
    simulator.fault({
      do: { status: 503, retryAfter: 'Mon, 02 Nov 2026 09:05:00 GMT', body: 'busy', headers: { via: 'cdn' } },
    });
    expect(refresh('x')).toMatchObject({
      status: 503,
      headers: { 'retry-after': 'Mon, 02 Nov 2026 09:05:00 GMT', via: 'cdn' },
      body: 'busy',
    });
    simulator.fault({ do: { answer: 'placeInactive' } });
    expect(refresh('x').json['message']).toBe('Location is not active');
  });

  it.each([
    ['notJson', /^upstream/],
    ['html', /^<!DOCTYPE html>/],
    ['empty', /^$/],
    ['truncated', /^\{"access_token":"[^}]*$/],
    ['withoutAccessToken', /^\{"token_type"/],
    ['wrongTypes', /^\{"access_token":\{"value"/],
    ['errorInside', /^\{"error":"internal_error"/],
  ] as const)('of kind %s is a 200 all the same, handled or not', (kind, body) => {
    for (const handled of [false, true]) {
      const { simulator, installed, refresh } = simulation();
      const { locationId, refresh: token } = installed();
      simulator.fault({ do: { kind, handled } });
      const answer = refresh(token);
      expect([answer.status, answer.body]).toEqual([200, expect.stringMatching(body)]);
      expect(simulator.describeToken(token)?.state).toBe(handled ? 'used' : 'live');
      expect(simulator.ledger.rotations({ locationId })).toHaveLength(handled ? 1 : 0);
    }
  });

  it('can answer megabytes', () => {
    const { simulator, refresh } = simulation();
    simulator.fault({ do: 'huge', times: 2 });
    expect(refresh('x').body.length).toBeGreaterThan(5_000_000);
    simulator.clearFaults();
    simulator.fault({ do: { kind: 'huge', bytes: 10 } });
    expect(refresh('x').body.length).toBeLessThan(5_000);
  });

  it.each([
    ['refused', false],
    ['reset', false],
    ['hang', false],
    ['lost', true],
  ] as const)('of kind %s leaves no answer; handled: %s', (lost: FaultKind, handled) => {
    const { simulator, installed, refresh } = simulation();
    const { locationId, refresh: token } = installed();
    simulator.fault({ do: lost });
    expect(refresh(token).lost).toBe(lost);
    expect(simulator.ledger.refreshes({ locationId })).toEqual([
      expect.objectContaining({
        fault: lost,
        delivery: 'lost',
        status: undefined,
        outcome: handled ? 'issued' : 'faulted',
      }),
    ]);
    expect(simulator.describeToken(token)?.state).toBe(handled ? 'used' : 'live');
    expect(refresh(token).status).toBe(200);
    expect(simulator.ledger.presentedTwice()).toEqual([]);
  });

  it('delays an honest answer, and several delays add up with what comes after them', () => {
    const { simulator, installed, refresh } = simulation();
    const delay: FaultAction = { delayMs: 200 };
    simulator.fault({ do: delay });
    simulator.fault({ do: delay });
    expect(refresh(installed().refresh)).toMatchObject({ status: 200, delayMs: 400 });
    simulator.fault({ do: delay });
    simulator.fault({ do: { status: 500, delayMs: 50 } });
    expect(refresh(installed().refresh)).toMatchObject({ status: 500, delayMs: 250 });
    expect(simulator.ledger.entries.map(({ fault }) => fault)).toEqual([undefined, '500']);
  });

  it('pretends with tokens that are worth nothing, and knows them as secrets', () => {
    const { simulator, refresh, reconnect } = simulation();
    simulator.fault({ do: 'truncated', times: 2 });
    for (const answer of [refresh('x'), reconnect({})]) {
      const [, value = ''] = /"(?:access_token|authorizationCode)":"([\w-]+)/.exec(answer.body) ?? [];
      expect(simulator.secrets().some((secret) => secret.startsWith(value.slice(0, 20)))).toBe(true);
      expect(simulator.describeToken(value)).toBeUndefined();
    }
  });

  it('can shape successful answers at will', () => {
    const { simulator, installed, refresh } = simulation({
      token: { shapeAnswer: ({ refresh_token: _, ...rest }) => ({ ...rest, brandNew: true }) },
    });
    const { locationId, refresh: token } = installed();
    const { json } = refresh(token);
    expect(json).toMatchObject({ brandNew: true });
    expect(json).not.toHaveProperty('refresh_token');
    expect(simulator.ledger.rotations({ locationId })).toMatchObject([{ fault: 'shaped' }]);
  });
});
