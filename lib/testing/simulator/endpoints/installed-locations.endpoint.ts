import { type Call, refuse, refuseForeign } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import type { SimulatedInstallation } from '../world/installation.js';
import { placeKey, type SimulatedLocation } from '../world/place.js';
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
  const query: Query = Object.fromEntries(request.query);
  const faults = queryFaults(query);
  if (faults.length > 0) return refuse(call, 'validation', faults);
  const { app, companyId, futureLocations } = token.installation;
  if (query['companyId'] !== companyId || query['appId'] !== app.appId) return refuseForeign(call, 'noLocationAccess');

  const found = world.places
    .locationsOf(companyId)
    .map((location): Listed => {
      const installation = world.installations.installed(app, placeKey({ locationId: location.locationId }));
      return { location, installation };
    })
    .filter((listed) => isWanted(listed, query));
  const { skip = '0', limit = '20' } = query;
  const locations = found.slice(Number(skip), Number(skip) + Number(limit)).map(shown);
  call.draft.outcome = 'answered';
  return json(200, { locations, count: found.length, installToFutureLocations: futureLocations });
}

interface Listed {
  readonly location: SimulatedLocation;
  readonly installation: SimulatedInstallation | undefined;
}

type Query = Readonly<Record<string, string | undefined>>;

/** Whether a location is what the query asks for; a parameter that is absent asks for nothing. */
function isWanted({ location, installation }: Listed, query: Query): boolean {
  const facts = {
    locationId: location.locationId,
    isInstalled: String(installation !== undefined),
    versionId: installation?.app.versionId,
    planId: installation?.planId,
    onTrial: String(installation?.trialDays !== undefined),
  };
  const { query: text = '' } = query;
  return (
    Object.entries(facts).every(([name, value]) => query[name] === undefined || query[name] === value) &&
    location.name.toLowerCase().includes(text.toLowerCase())
  );
}

function shown({ location, installation }: Listed): Record<string, unknown> {
  const { locationId, name, address } = location;
  return {
    _id: locationId,
    name,
    address,
    isInstalled: installation !== undefined,
    ...(installation && {
      versionId: installation.app.versionId,
      installedAt: new Date(installation.installedAt).toISOString(),
    }),
  };
}

function queryFaults(query: Query): string[] {
  return [
    ...Object.keys(query).flatMap((name) => (PARAMETERS.has(name) ? [] : [`property ${name} should not exist`])),
    ...['companyId', 'appId'].flatMap((name) => (query[name] ? [] : [`${name} should not be empty`])),
    ...['skip', 'limit'].flatMap((name) =>
      /^\d+$/.test(query[name] ?? '0') ? [] : [`${name} must be a number string`],
    ),
  ];
}
