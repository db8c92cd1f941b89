import { type Call, refuse, refuseForeign } from '../call.js';
import { validated } from '../fields.js';
import type { RateLimiter } from '../rate-limiter.js';
import type { Reply } from '../wire.js';
import { placeKey } from '../world/place.js';
import { authorize } from './authorize.js';
import { inactivity, issuePair } from './issue-pair.js';
import { tokenAnswer } from './token-answer.js';

/** `POST /oauth/locationToken`, and under its v3 name: a location token from a company token. */
export function locationTokenEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { world, request } = call;
  const isV3 = request.path === '/oauth/location-token';
  if (isV3 !== (request.headers['version'] === 'v3')) {
    return isV3 ? refuse(call, 'notFound', `POST ${request.path}`) : refuse(call, 'endpointNotInV3', request.path);
  }
  const { token, refused } = authorize(call, limiter, {
    scope: 'oauth.write',
    userType: 'Company',
    wrongType: 'userTypeUnsupported',
  });
  if (refused) return refused;
  const checked = validated(call, { companyId: 'required', locationId: 'required' });
  if (checked.refused) return checked.refused;
  const { companyId = '', locationId = '' } = checked.values;
  const location = world.places.location(locationId);
  if (companyId !== token.installation.companyId || location?.companyId !== companyId)
    return refuseForeign(call, 'noLocationAccess');
  const installation = world.installations.installed(token.installation.app, placeKey({ locationId }));
  if (!installation) return refuse(call, 'mintNotInstalled');
  const inactive = inactivity(world, installation);
  if (inactive) return refuse(call, inactive);

  const { mint } = world.settings;
  const pair = issuePair(world, {
    installation,
    clientId: token.clientId,
    origin: 'mint',
    parent: token.id,
    scopes: token.scopes,
    lifetimeMs: mint.lifetimeMs,
    withRefreshToken: mint.refreshToken,
  });
  world.vault.kill(installation, mint.kills, [pair.access, pair.refresh]);
  call.draft.outcome = 'issued';
  const without = [...(mint.userType ? [] : ['userType']), ...(mint.companyId ? [] : ['companyId'])];
  return tokenAnswer(call, mint.status, pair, without);
}
