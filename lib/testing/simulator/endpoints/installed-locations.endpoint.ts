import { type Call, refuse } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import { placeKey } from '../world/place.js';
import { authorize } from './authorize.js';

const PARAMETERS = new Set(
  'companyId appId skip limit locationId isInstalled query versionId planId onTrial'.split(' '),
);

/** `GET /oauth/installedLocations`: the company's locations, also those without the app, 20 a page. */
export function installedLocationsEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { world, request } = call;
  if (request.headers['version'] === 'v3') return refuse(call, 'endpointNotInV3', request.path);
  const requirement = { scope: 'oauth.readonly', userType: 'Company', wrongType: 'userTypeUnsupported' } as const;
  const { token, refused } = authorize(call, limiter, requirement);
  if (refused) return refused;
  const query = Object.fromEntries(request.query) as Readonly<Record<string, string | undefined>>;
  const faults = queryFaults(query);
  if (faults.length > 0) return refuse(call, 'validation', faults);
  const { app, companyId, futureLocations } = token.installation;
  if (query['companyId'] !== companyId || query['appId'] !== app.appId) return refuse(call, 'noLocationAccess');

  const matching = world.places.locationsOf(companyId).map((location) => {
    const installation = world.installations.installed(app, placeKey({ locationId: location.locationId }));
    return {
      _id: location.locationId,
      name: location.name,
      address: location.address,
      isInstalled: installation !== undefined,
      ...(installation && {
        versionId: app.versionId,
        installedAt: new Date(installation.installedAt).toISOString(),
      }),
    };
  });
  const { isInstalled, locationId, query: text = '', skip = '0', limit = '20' } = query;
  const found = matching.filter(
    (location) =>
      (isInstalled === undefined || String(location.isInstalled) === isInstalled) &&
      (locationId === undefined || location._id === locationId) &&
      location.name.toLowerCase().includes(text.toLowerCase()),
  );
  const locations = found.slice(Number(skip), Number(skip) + Number(limit));
  call.draft.outcome = 'answered';
  return json(200, { locations, count: found.length, installToFutureLocations: futureLocations });
}

function queryFaults(query: Readonly<Record<string, string | undefined>>): string[] {
  return [
    ...Object.keys(query).flatMap((name) => (PARAMETERS.has(name) ? [] : [`property ${name} should not exist`])),
    ...['companyId', 'appId'].flatMap((name) => (query[name] ? [] : [`${name} should not be empty`])),
    ...['skip', 'limit'].flatMap((name) =>
      /^\d+$/.test(query[name] ?? '0') ? [] : [`${name} must be a number string`],
    ),
  ];
}
