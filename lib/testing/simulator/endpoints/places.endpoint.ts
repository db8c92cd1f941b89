import { type Call, refuseForeign } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import { authorize } from './authorize.js';

/** `GET /locations/:id`, with the location's own token or its company's. */
export function locationEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { token, refused } = authorize(call, limiter, { scope: 'locations.readonly' });
  if (refused) return refused;
  const location = call.world.places.location(call.params[0] ?? '');
  if (token.userType === 'Location') {
    if (location?.locationId !== token.installation.locationId) return refuseForeign(call, 'noLocationAccess');
  } else if (location?.companyId !== token.installation.companyId) return refuseForeign(call, 'locationNotAccessible');
  const { locationId, companyId, name, address } = location as NonNullable<typeof location>;
  return json(200, { location: { id: locationId, companyId, name, address } });
}

/** `GET /companies/:id`, with the company's own token. */
export function companyEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { token, refused } = authorize(call, limiter, { scope: 'companies.readonly', userType: 'Company' });
  if (refused) return refused;
  const company = call.world.places.company(call.params[0] ?? '');
  if (company?.companyId !== token.installation.companyId) return refuseForeign(call, 'noLocationAccess');
  const { companyId, name } = company;
  return json(200, { company: { id: companyId, name } });
}
