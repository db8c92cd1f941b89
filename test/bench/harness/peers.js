/** The module and the peers that recover from a 401, in their defaults and in their best documented set-up. */
export const THIS = { name: 'this module', file: 'this-module' };
export const VENDOR = { name: '@gohighlevel/api-client', file: 'vendor-sdk' };
export const PEERS = [
  VENDOR,
  { name: 'axios-auth-refresh', file: 'axios-auth-refresh' },
  {
    name: 'axios-auth-refresh, `deduplicateRefresh: false`',
    file: 'axios-auth-refresh',
    given: { options: { deduplicateRefresh: false } },
  },
  { name: '@badgateway/oauth2-client', file: 'badgateway' },
  { name: 'google-auth-library', file: 'google-auth-library' },
  {
    name: 'google-auth-library, `forceRefreshOnFailure`',
    file: 'google-auth-library',
    given: { options: { forceRefreshOnFailure: true } },
  },
  { name: 'simple-oauth2, refresh on 401 by hand', file: 'simple-oauth2' },
];
