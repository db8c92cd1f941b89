import type { Call } from './call.js';
import { contactsEndpoint } from './endpoints/contacts.endpoint.js';
import { installedLocationsEndpoint } from './endpoints/installed-locations.endpoint.js';
import { locationTokenEndpoint } from './endpoints/location-token.endpoint.js';
import { companyEndpoint, locationEndpoint } from './endpoints/places.endpoint.js';
import { reconnectEndpoint } from './endpoints/reconnect.endpoint.js';
import { tokenEndpoint } from './endpoints/token.endpoint.js';
import { echoEndpoint, redirectEndpoint } from './endpoints/tools.endpoint.js';
import { uninstallEndpoint } from './endpoints/uninstall.endpoint.js';
import type { LedgerEndpoint } from './ledger/ledger-entry.js';
import type { RateLimiter } from './rate-limiter.js';
import type { Reply } from './wire.js';

/** A resource of the simulated HighLevel. */
export interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly endpoint: LedgerEndpoint;
  /** Whether its body has fields; forms too, or only JSON. */
  readonly fields: 'none' | 'json' | 'formOrJson';
  readonly handle: (call: Call, limiter: RateLimiter) => Reply;
}

const ANY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

/** Every resource that exists. */
export const ROUTES: readonly Route[] = [
  { methods: ['POST'], path: /^\/oauth\/token$/, endpoint: 'token', fields: 'formOrJson', handle: tokenEndpoint },
  { methods: ['POST'], path: /^\/oauth\/reconnect$/, endpoint: 'reconnect', fields: 'json', handle: reconnectEndpoint },
  {
    methods: ['POST'],
    path: /^\/oauth\/(?:locationToken|location-token)$/,
    endpoint: 'mint',
    fields: 'formOrJson',
    handle: locationTokenEndpoint,
  },
  {
    methods: ['GET'],
    path: /^\/oauth\/installedLocations$/,
    endpoint: 'installedLocations',
    fields: 'none',
    handle: installedLocationsEndpoint,
  },
  {
    methods: ['DELETE'],
    path: /^\/marketplace\/app\/([^/]+)\/installations$/,
    endpoint: 'uninstall',
    fields: 'json',
    handle: uninstallEndpoint,
  },
  { methods: ['GET', 'POST'], path: /^\/contacts\/?$/, endpoint: 'api', fields: 'json', handle: contactsEndpoint },
  {
    methods: ['GET', 'PUT', 'DELETE'],
    path: /^\/contacts\/([^/]+)$/,
    endpoint: 'api',
    fields: 'json',
    handle: contactsEndpoint,
  },
  { methods: ['GET'], path: /^\/locations\/([^/]+)$/, endpoint: 'api', fields: 'none', handle: locationEndpoint },
  { methods: ['GET'], path: /^\/companies\/([^/]+)$/, endpoint: 'api', fields: 'none', handle: companyEndpoint },
  { methods: ANY_METHOD, path: /^\/echo$/, endpoint: 'api', fields: 'none', handle: echoEndpoint },
  { methods: ANY_METHOD, path: /^\/redirect$/, endpoint: 'other', fields: 'none', handle: redirectEndpoint },
];
