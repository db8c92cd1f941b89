import type { Grant, UserType } from '../installation/credential.js';
import { fieldOf, isSecretText } from './json-field.js';

const HALF_A_DAY_MS = 12 * 3_600_000;
const YEAR_S = 365 * 86_400;
const MAX_SCOPES = 1_000;
const MAX_SCOPE = 100;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

type Json = Readonly<Record<string, unknown>>;

/** Missing, a string, NaN, negative or absurd (more than a year, or less than a second): half a day, never "for ever". */
const lifetimeMs = (value: unknown): number => {
  const isPlausible = typeof value === 'number' && value >= 1 && value <= YEAR_S;
  return isPlausible ? Math.floor(value * 1_000) : HALF_A_DAY_MS;
};

const isAbsent = (value: unknown): value is undefined | '' => value === undefined || value === '';

/** Scopes are shown, so what is as long as a token or a code is none. */
const isScope = (scope: unknown): boolean => typeof scope === 'string' && scope !== '' && scope.length < MAX_SCOPE;

const scopesOf = (value: unknown): readonly string[] => {
  const scopes = typeof value === 'string' ? value.split(/\s+/) : Array.isArray(value) ? (value as unknown[]) : [];
  return scopes.filter(isScope).slice(0, MAX_SCOPES) as readonly string[];
};

/**
 * Reads a token answer. Only the tokens themselves must be readable: whatever else is missing or strange is passed over,
 * because behind the answer stands a rotation that must not be thrown away.
 * @returns what was granted, or what is wrong with the answer
 */
export function readGrant(json: Json): { readonly grant: Grant } | { readonly problem: string } {
  const accessToken = fieldOf(json, 'access_token', 'accessToken');
  const refreshToken = fieldOf(json, 'refresh_token', 'refreshToken');
  const locationId = fieldOf(json, 'location_id', 'locationId');
  const companyId = fieldOf(json, 'company_id', 'companyId');
  const userType = fieldOf(json, 'user_type', 'userType');
  if (accessToken === undefined) return { problem: 'the answer has no access_token' };
  if (!isSecretText(accessToken)) return { problem: 'access_token is not a usable token' };
  if (!isAbsent(refreshToken) && !isSecretText(refreshToken)) return { problem: 'refresh_token is not a usable token' };
  return {
    grant: {
      accessToken,
      refreshToken: isAbsent(refreshToken) ? null : refreshToken,
      expiresInMs: lifetimeMs(fieldOf(json, 'expires_in', 'expiresIn')),
      scopes: scopesOf(fieldOf(json, 'scope', 'scope')),
      userType: isUserType(userType) ? userType : null,
      locationId: isId(locationId) ? locationId : null,
      companyId: isId(companyId) ? companyId : null,
    },
  };
}

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
const isUserType = (value: unknown): value is UserType => value === 'Company' || value === 'Location';

/** Whether a grant is for this place, as far as it says: a token of one installation never serves another. */
export function isGrantFor(
  place: { readonly kind: 'location' | 'company'; readonly id: string },
  grant: Grant,
): boolean {
  if (place.kind === 'location')
    return (grant.locationId === null || grant.locationId === place.id) && grant.userType !== 'Company';
  return (
    grant.locationId === null &&
    (grant.companyId === null || grant.companyId === place.id) &&
    grant.userType !== 'Location'
  );
}
