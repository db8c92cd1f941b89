import type { GhlAuthRecord } from '../../../lib/storage/ghl-auth.repository.js';

/** A record with its optional fields empty, unless said otherwise. */
export function recordOf(overrides: Partial<GhlAuthRecord> & { readonly key: string }): GhlAuthRecord {
  return {
    kind: 'installation',
    group: null,
    due: null,
    version: 1,
    format: 1,
    body: '{}',
    locationId: null,
    companyId: null,
    clientId: null,
    state: null,
    expiresAt: null,
    ...overrides,
  };
}
