import { describe, expect, it } from '@jest/globals';
import type { GhlAuthOptions } from '../../../lib/config/ghl-auth-options.js';
import { APP_ID, COMPLETE, problemsOf, SECRET, wrong } from './support/problems.js';

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
