import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NUMBER_SETTINGS } from '../../../lib/config/durations.js';
import type { GhlAuthOptions } from '../../../lib/config/ghl-auth-options.js';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';

const APP_ID = '5f0000000000000000000001';
const SECRET = 'b0a1c2d3-0000-4000-8000-c0ffee000001';
const COMPLETE = {
  clients: [{ clientId: `${APP_ID}-abcdefgh`, clientSecret: SECRET }],
  redirectUri: 'https://backend.example.com/oauth/callback',
  scopes: ['contacts.readonly'],
} satisfies GhlAuthOptions;

/** What is wrong with options, line by line. */
function problemsOf(options: unknown, environment: GhlAuthOptions = {}): string[] {
  try {
    resolveSettings(options as GhlAuthOptions, environment);
  } catch (error) {
    if (!isGhlAuthError(error, 'GHL_CONFIG_INVALID')) throw error;
    expect(error.message).not.toContain(SECRET);
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }
  return [];
}

const wrong = (options: Record<string, unknown>): string[] => problemsOf({ ...COMPLETE, ...options });

describe('complete options', () => {
  it('are settings, with documented defaults', () => {
    expect(resolveSettings(COMPLETE, {})).toEqual({
      appId: APP_ID,
      ...COMPLETE,
      apiBaseUrl: 'https://services.leadconnectorhq.com',
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
      lease: { ttlMs: 15_000, lookIntervalMs: 250 },
      timeouts: { tokenWaitMs: 45_000, highLevelMs: 10_000, storeMs: 5_000, listenerMs: 30_000, shutdownMs: 25_000 },
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

describe('an option that is wrong', () => {
  const ID_FIX = 'must be a client id of the marketplace portal, <app id>-<suffix>';
  const SECRET_FIX = 'must be the secret of that client id, without blanks';

  it.each([
    [{ clients: [] }, 'option clients must be a list of key pairs: [{ clientId, clientSecret }]'],
    [{ clients: COMPLETE.clients[0] }, 'option clients must be a list of key pairs: [{ clientId, clientSecret }]'],
    [{ clients: [{ clientId: 'no dash', clientSecret: SECRET }] }, `option clients[0].clientId ${ID_FIX}`],
    [
      { clients: [{ clientId: `${APP_ID}-ok`, clientSecret: `${SECRET} ` }] },
      `option clients[0].clientSecret ${SECRET_FIX}`,
    ],
    [{ clients: [{ clientId: `${APP_ID}-ok`, clientSecret: '' }] }, `option clients[0].clientSecret ${SECRET_FIX}`],
    [
      { clients: [...COMPLETE.clients, { clientId: 'ffff-ffff', clientSecret: SECRET }] },
      'option clients holds pairs of several apps (the part before the dash differs): register the module once for each app',
    ],
    [
      { clients: [...COMPLETE.clients, ...COMPLETE.clients] },
      'option clients holds the same clientId twice: keep the pair with the present secret',
    ],
    [
      { redirectUri: '/oauth/callback' },
      'option redirectUri must be an absolute URL without a fragment, the one that is set in the marketplace portal',
    ],
    [
      { redirectUri: 'https://a.example/#x' },
      'option redirectUri must be an absolute URL without a fragment, the one that is set in the marketplace portal',
    ],
    [
      { redirectUri: 'javascript:alert(1)' },
      'option redirectUri must be an absolute URL without a fragment, the one that is set in the marketplace portal',
    ],
    [{ scopes: [] }, "option scopes must be a list of scopes, such as ['contacts.readonly', 'oauth.write']"],
    [
      { scopes: 'contacts.readonly' },
      "option scopes must be a list of scopes, such as ['contacts.readonly', 'oauth.write']",
    ],
    [
      { scopes: ['contacts.readonly oauth.write'] },
      "option scopes must be a list of scopes, such as ['contacts.readonly', 'oauth.write']",
    ],
    [
      { apiBaseUrl: 'services.leadconnectorhq.com' },
      'option apiBaseUrl must be an absolute URL such as https://services.leadconnectorhq.com',
    ],
    [
      { apiBaseUrl: 'ftp://services.leadconnectorhq.com' },
      'option apiBaseUrl must be an absolute URL such as https://services.leadconnectorhq.com',
    ],
    [
      { apiBaseUrl: 'http://services.leadconnectorhq.com' },
      'option apiBaseUrl must begin with https://; http:// is accepted for this machine only',
    ],
    [
      { apiBaseUrl: 'http://127.0.0.1.example.com' },
      'option apiBaseUrl must begin with https://; http:// is accepted for this machine only',
    ],
    [{ apiBaseUrl: 'https://user:word@host.example' }, 'option apiBaseUrl must have no user, query or fragment'],
    [{ marketplaceUrl: 'https://host.example/?a=1' }, 'option marketplaceUrl must have no user, query or fragment'],
    [{ apiVersion: '2021' }, 'option apiVersion must be a version such as 2021-07-28 or v3'],
    [{ apiVersion: 3 }, 'option apiVersion must be a version such as 2021-07-28 or v3'],
    ...[['https://a.example'], ['a.example/path'], ['*.a.example'], ['a.example:99999'], 'a.example', [7]].map(
      (allowedHosts) => [
        { allowedHosts },
        'option allowedHosts must be a list of hosts such as api.example.com or 127.0.0.1:8080, without scheme, path and wildcard',
      ],
    ),
    [{ reconnect: { enabled: 'false' } }, 'option reconnect.enabled must be true or false'],
    [{ mint: false }, 'option mint must be an object with enabled'],
    [{ refresh: 5 }, /^option refresh must be an object with advisoryWindowMs, /],
    [{ cache: { maxEntries: 1.5 } }, 'option cache.maxEntries must be a whole number from 1 to 10000000'],
    [{ timeouts: { storeMs: '5000' } }, 'option timeouts.storeMs must be a whole number from 50 to 60000'],
    [{ timeouts: { storeMs: Number.NaN } }, 'option timeouts.storeMs must be a whole number from 50 to 60000'],
    [
      { lease: { ttlMs: 25_000 } },
      'options lease.ttlMs, lease.lookIntervalMs and timeouts.highLevelMs (GHL_AUTH_LEASE_TTL_MS and so on) add up to 35250: ' +
        'keep the sum below 30000, within which HighLevel repeats its answer',
    ],
    [
      { lease: { ttlMs: 10_000 } },
      'option lease.ttlMs must be greater than timeouts.highLevelMs: a call must not outlive its lease',
    ],
  ] as [Record<string, unknown>, string | RegExp][])('%j: %s', (options, problem) => {
    expect(wrong(options)).toEqual([problem instanceof RegExp ? expect.stringMatching(problem) : problem]);
  });

  it('is called after its variable where that is where it came from', () => {
    const complete: GhlAuthOptions = { ...COMPLETE, apiBaseUrl: 'http://far.example', cache: { maxEntries: 0 } };
    expect(problemsOf({}, complete)).toEqual([
      'environment variable GHL_API_BASE_URL must begin with https://; http:// is accepted for this machine only',
      'environment variable GHL_AUTH_CACHE_MAX_ENTRIES must be a whole number from 1 to 10000000',
    ]);
  });

  it('is told together with all others', () => {
    expect(wrong({ apiVersion: 'x', scopes: [], cache: { maxEntries: -1 } })).toHaveLength(3);
  });
});

describe('a name that does not exist', () => {
  it.each([
    [{ redirectURI: 'x' }, 'option redirectURI does not exist: did you mean redirectUri?'],
    [{ clientId: 'x' }, 'option clientId does not exist: pass key pairs as clients: [{ clientId, clientSecret }]'],
    [
      { repository: {} },
      'option repository does not exist: pass it to forRootAsync() beside useFactory, not in what useFactory returns',
    ],
    [{ useFactory: () => ({}) }, 'option useFactory does not exist: pass it to forRootAsync()'],
    [
      { refresh: { advisorywindowms: 1 } },
      'option refresh.advisorywindowms does not exist: did you mean advisoryWindowMs?',
    ],
    [{ lease: { ttl: 1 } }, 'option lease.ttl does not exist: there are ttlMs, lookIntervalMs'],
    [{ secret: SECRET }, /^option secret does not exist: there are clients, redirectUri, scopes, /],
    [{ constructor: 1 }, /^option constructor does not exist: /],
  ] as [Record<string, unknown>, string | RegExp][])('%j: %s', (options, problem) => {
    expect(wrong(options)).toEqual([problem instanceof RegExp ? expect.stringMatching(problem) : problem]);
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
