import type { Policy } from '../../../../lib/decision/policy.js';
import type { Credential, Grant } from '../../../../lib/installation/credential.js';
import { pendingInstallation, type Installation, type Trouble } from '../../../../lib/installation/installation.js';

export const NOW = Date.UTC(2026, 10, 2, 9);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const CLIENT_ID = '5f0000000000000000000001-abcdefgh';

/** A credential that was obtained just now and lives for a day, except for what is given. */
export const credential = (given: Partial<Credential> = {}): Credential => ({
  id: 'present',
  accessToken: 'access-token',
  refreshToken: 'refresh-token',
  refreshTokenRefused: false,
  refreshTokenIssuedAt: NOW,
  obtainedAt: NOW,
  expiresAt: NOW + DAY,
  scopes: ['contacts.readonly'],
  userType: 'Location',
  clientId: CLIENT_ID,
  origin: 'code',
  ...given,
});

/** An active installation of a location with a known company, except for what is given. */
export const installation = (given: Partial<Installation> = {}): Installation => ({
  ...pendingInstallation({ kind: 'location', id: 'location1', companyId: 'company1' }, NOW, CLIENT_ID),
  state: 'active',
  generation: 1,
  credential: credential(),
  ...given,
});

/** The module's defaults, except for what is given. */
export const policy = (given: Partial<Policy> = {}): Policy => ({
  windows: { advisoryWindowMs: HOUR, mandatoryWindowMs: MINUTE },
  guard: { freshTokenMs: 5 * SECOND, unclearRejectionMs: HOUR },
  backOff: { baseMs: 5 * SECOND, maxMs: HOUR },
  suspendedLookMs: 6 * HOUR,
  closedRungTryMs: HOUR,
  rungs: { mint: true, reconnect: true },
  unclearAnswers: { count: 12, spreadMs: DAY },
  clientRefusals: 3,
  ...given,
});

/** A grant that says of itself nothing but its tokens, except for what is given. */
export const grant = (given: Partial<Grant> = {}): Grant => ({
  accessToken: 'new-access-token',
  refreshToken: 'new-refresh-token',
  expiresInMs: DAY,
  scopes: [],
  userType: null,
  locationId: null,
  companyId: null,
  ...given,
});

/** HighLevel did not answer a moment ago, except for what is given. */
export const trouble = (given: Partial<Trouble> = {}): Trouble => ({
  code: 'GHL_UPSTREAM_UNAVAILABLE',
  message: 'Refreshing: HTTP 503',
  rung: 'refresh',
  since: NOW,
  at: NOW,
  attempts: 1,
  retryAt: NOW + HOUR,
  ...given,
});
