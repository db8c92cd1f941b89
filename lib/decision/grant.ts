import type { Grant, UserType } from '../installation/credential.js';

const HALF_A_DAY_MS = 12 * 3_600_000;
const TEN_YEARS_S = 10 * 365 * 86_400;
const MAX_TOKEN_LENGTH = 65_536;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

type Json = Readonly<Record<string, unknown>>;

/** HighLevel's documents disagree about snake_case and camelCase in v3: read both. */
const field = (json: Json, snake: string, camel: string): unknown =>
  Object.hasOwn(json, snake) ? json[snake] : Object.hasOwn(json, camel) ? json[camel] : undefined;

const isToken = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TOKEN_LENGTH && VISIBLE_ASCII.test(value);

const idOrNull = (value: unknown): string | null => (typeof value === 'string' && ID.test(value) ? value : null);

/** Missing, a string, NaN, negative or absurd: half a day, never "for ever". */
const lifetimeMs = (value: unknown): number => {
  const plausible = typeof value === 'number' && value > 0 && value <= TEN_YEARS_S;
  return plausible ? value * 1_000 : HALF_A_DAY_MS;
};

const userTypeOf = (value: unknown): UserType | null => (value === 'Company' || value === 'Location' ? value : null);

/**
 * Reads a token answer.
 * @returns what was granted, or what is wrong with the answer
 */
export function readGrant(json: Json): { readonly grant: Grant } | { readonly problem: string } {
  const accessToken = field(json, 'access_token', 'accessToken');
  const refreshToken = field(json, 'refresh_token', 'refreshToken');
  if (accessToken === undefined) return { problem: 'the answer has no access_token' };
  if (!isToken(accessToken)) return { problem: 'access_token is not a usable token' };
  const tokenless = refreshToken === undefined || refreshToken === null || refreshToken === '';
  if (!tokenless && !isToken(refreshToken)) return { problem: 'refresh_token is not a usable token' };
  const scope = field(json, 'scope', 'scope');
  return {
    grant: {
      accessToken,
      refreshToken: tokenless ? null : (refreshToken as string),
      expiresInMs: lifetimeMs(field(json, 'expires_in', 'expiresIn')),
      scopes: typeof scope === 'string' ? scope.split(/\s+/).filter(Boolean) : [],
      userType: userTypeOf(field(json, 'user_type', 'userType')),
      locationId: idOrNull(field(json, 'location_id', 'locationId')),
      companyId: idOrNull(field(json, 'company_id', 'companyId')),
    },
  };
}

/** Whether a grant is for this place, as far as it says: a token of one installation never serves another. */
export function isGrantFor(place: { readonly kind: 'location' | 'company'; readonly id: string }, grant: Grant): boolean {
  if (place.kind === 'location') return (grant.locationId === null || grant.locationId === place.id) && grant.userType !== 'Company';
  return grant.locationId === null && (grant.companyId === null || grant.companyId === place.id) && grant.userType !== 'Location';
}
