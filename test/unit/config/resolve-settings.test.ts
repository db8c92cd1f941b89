import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NUMBER_SETTINGS } from '../../../lib/config/durations.js';
import type { GhlAuthOptions } from '../../../lib/config/ghl-auth-options.js';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { APP_ID, COMPLETE, problemsOf, SECRET, wrong } from './support/problems.js';

describe('complete options', () => {
  it('are settings, with documented defaults', () => {
    expect(resolveSettings(COMPLETE, {})).toEqual({
      appId: APP_ID,
      ...COMPLETE,
      apiBaseUrl: 'https://services.leadconnectorhq.com',
      mode: 'active',
      marketplaceUrl: 'https://marketplace.gohighlevel.com',
      apiVersion: '2021-07-28',
      allowedHosts: new Set(['services.leadconnectorhq.com']),
      isPlainHttp: false,
      rungs: { mint: true, reconnect: true },
      refresh: {
        ...{
          advisoryWindowMs: 3_600_000,
          mandatoryWindowMs: 60_000,
          freshTokenMs: 5_000,
          unclearRejectionMs: 3_600_000,
        },
        ...{ backOffBaseMs: 5_000, backOffMaxMs: 3_600_000, suspendedLookMs: 21_600_000, closedRungTryMs: 3_600_000 },
      },
      cache: { maxEntries: 10_000, lookAgainMs: 60_000, failureMs: 5_000 },
      lease: { ttlMs: 12_000, lookIntervalMs: 250 },
      timeouts: { tokenWaitMs: 45_000, highLevelMs: 10_000, storeMs: 5_000, listenerMs: 30_000, shutdownMs: 25_000 },
      isJobEnabled: undefined,
      sealing: { keys: [], isEnabled: true, acceptUnsealed: true },
      job: {
        intervalMs: 10_000,
        concurrency: 4,
        pageSize: 200,
        spreadMs: 7_200_000,
        idleAfterMs: 604_800_000,
        maxRefreshTokenAgeMs: 25_920_000_000,
      },
    });
  });

  it('may set everything', () => {
    const settings = resolveSettings(
      {
        ...COMPLETE,
        apiBaseUrl: 'http://127.0.0.1:4010//',
        marketplaceUrl: 'https://marketplace.leadconnectorhq.com/',
        apiVersion: 'v3',
        allowedHosts: [
          'API.White.Label',
          'other.example:443',
          '[::1]:8080',
          'münchen.example'.normalize().replace('ü', 'u'),
        ],
        reconnect: { enabled: false },
        mint: { enabled: false },
        refresh: { advisoryWindowMs: 0 },
        timeouts: { highLevelMs: 5_000 },
      },
      {},
    );
    expect(settings).toMatchObject({
      apiBaseUrl: 'http://127.0.0.1:4010',
      marketplaceUrl: 'https://marketplace.leadconnectorhq.com',
      apiVersion: 'v3',
      isPlainHttp: true,
      rungs: { mint: false, reconnect: false },
      refresh: { advisoryWindowMs: 0, mandatoryWindowMs: 60_000 },
      timeouts: { highLevelMs: 5_000, storeMs: 5_000 },
    });
    expect([...settings.allowedHosts]).toEqual([
      '127.0.0.1:4010',
      'api.white.label',
      'other.example',
      '[::1]:8080',
      'munchen.example',
    ]);
  });

  it('beat the environment, member by member, which beats the defaults', () => {
    const environment: GhlAuthOptions = {
      clients: [{ clientId: `${APP_ID}-environ`, clientSecret: 'x' }],
      apiVersion: '2023-02-21',
      reconnect: { enabled: false },
      refresh: { advisoryWindowMs: 1, mandatoryWindowMs: 2 },
    };
    const settings = resolveSettings({ ...COMPLETE, refresh: { advisoryWindowMs: 3 } }, environment);
    expect(settings.clients).toEqual(COMPLETE.clients);
    expect(settings).toMatchObject({ apiVersion: '2023-02-21', rungs: { reconnect: false } });
    expect(settings.refresh).toMatchObject({ advisoryWindowMs: 3, mandatoryWindowMs: 2, freshTokenMs: 5_000 });
  });

  it('that are undefined or null are not given', () => {
    const given = {
      ...COMPLETE,
      apiVersion: undefined,
      refresh: undefined,
      mint: null,
      cache: { maxEntries: undefined },
    };
    const settings = resolveSettings(given as unknown as GhlAuthOptions, { apiVersion: 'v3' });
    expect(settings).toMatchObject({ apiVersion: 'v3', rungs: { mint: true }, cache: { maxEntries: 10_000 } });
  });

  it('may name several pairs of one app', () => {
    const clients = ['aaaa', 'bbbb'].map((suffix) => ({ clientId: `${APP_ID}-${suffix}`, clientSecret: SECRET }));
    expect(resolveSettings({ ...COMPLETE, clients }, {}).clients).toEqual(clients);
  });
});

describe('options that lack something', () => {
  it('are told of everything that is missing, with the variable and the option', () => {
    expect(problemsOf({})).toEqual([
      'no key pair: set GHL_CLIENT_ID and GHL_CLIENT_SECRET, or pass option clients: [{ clientId, clientSecret }]',
      'no redirect URI: set GHL_REDIRECT_URI or pass option redirectUri; customers come back to it after authorizing',
      "no scopes: set GHL_SCOPES or pass option scopes, such as ['contacts.readonly', 'oauth.write']",
    ]);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'an array'],
    ['text', 'string'],
    [7, 'number'],
  ])('are told what they are instead of an object: %p', (options, what) => {
    expect(problemsOf(options)[0]).toBe(
      `the options are ${what}, not an object: return one from useFactory, or {} to take all from the environment`,
    );
  });
});

describe('the numbers', () => {
  it('have a variable each, a default within their bounds, and are all refused outside', () => {
    expect(new Set(NUMBER_SETTINGS.map(({ variable }) => variable)).size).toBe(NUMBER_SETTINGS.length);
    for (const { group, name, variable, fallback, min, max } of NUMBER_SETTINGS) {
      expect(variable).toMatch(/^GHL_AUTH_[A-Z]+(_[A-Z]+)+$/);
      expect(fallback).toBeGreaterThanOrEqual(min);
      expect(fallback).toBeLessThanOrEqual(max);
      for (const value of [min - 1, max + 1]) {
        expect(wrong({ [group]: { [name]: value } })).toContainEqual(
          `option ${group}.${name} must be a whole number from ${min} to ${max}`,
        );
      }
    }
    expect(NUMBER_SETTINGS[0]).toMatchObject({
      name: 'advisoryWindowMs',
      variable: 'GHL_AUTH_REFRESH_ADVISORY_WINDOW_MS',
    });
  });
});

it('anything at all is settings or a GHL_CONFIG_INVALID without secrets, and nothing else', () => {
  const names = [
    'clients',
    'redirectUri',
    'scopes',
    'apiBaseUrl',
    'allowedHosts',
    'refresh',
    'mint',
    '__proto__',
    'constructor',
    'toString',
  ];
  const secretive = fc.anything({
    values: [fc.constant(SECRET), fc.constant({ clientId: SECRET, clientSecret: SECRET })],
  });
  const options = fc.oneof(secretive, fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), secretive));
  fc.assert(
    fc.property(options, (given) => void problemsOf(typeof given === 'object' ? { ...COMPLETE, ...given } : given)),
    { numRuns: 300 },
  );
});
