import { type Call, refuse, refuseForeign } from '../call.js';
import { validated } from '../fields.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import { Installer } from '../world/installer.js';
import { authorize } from './authorize.js';

const RULES = { companyId: 'optional', locationId: 'optional', reason: 'optional' } as const;

/** `DELETE /marketplace/app/{appId}/installations`: a company with all its locations, or one location. */
export function uninstallEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { token, refused } = authorize(call, limiter, {});
  if (refused) return refused;
  const checked = validated(call, RULES);
  if (checked.refused) return checked.refused;
  const { companyId, locationId } = checked.values;
  const { installation, userType } = token;
  if (companyId === undefined && locationId === undefined) {
    return refuse(call, 'validation', ['companyId or locationId should not be empty']);
  }
  if ((userType === 'Company') === (companyId === undefined)) return refuse(call, 'userTypeMismatch');
  const own = userType === 'Company' ? companyId === installation.companyId : locationId === installation.locationId;
  if (!own || call.params[0] !== installation.app.appId) return refuseForeign(call, 'noLocationAccess');
  new Installer(call.world).uninstall(installation);
  call.draft.outcome = 'answered';
  return json(200, { success: true });
}
