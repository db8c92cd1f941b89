import type { Randomness } from '../randomness.js';
import type { IssuedToken } from './credentials.js';

const HEADER = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url');

/** Characters of random filler and signature that make tokens as long as real ones. */
const FILLER = { access: 200, refresh: 350 } as const;
const SIGNATURE_LENGTH = 342;

/** A value in the shape of a JWT: access tokens above 700 characters, refresh tokens above 900; nobody can guess one. */
export function makeTokenValue(
  token: Pick<IssuedToken, 'kind' | 'installation' | 'userType' | 'issuedAt'>,
  random: Randomness,
): string {
  const { installation } = token;
  const claims = JSON.stringify({
    authClass: token.userType,
    authClassId: installation.locationId ?? installation.companyId,
    source: 'INTEGRATION',
    sourceId: installation.clientId,
    iat: Math.floor(token.issuedAt / 1000),
    jti: random.hex(24),
    oauthMeta: random.base64url(FILLER[token.kind]),
  });
  return `${HEADER}.${Buffer.from(claims).toString('base64url')}.${random.base64url(SIGNATURE_LENGTH)}`;
}
