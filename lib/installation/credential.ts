import { createHash, randomBytes } from 'node:crypto';

/** Whom HighLevel issued a token to: an agency or a sub-account. */
export type UserType = 'Company' | 'Location';

/** How a credential was obtained. */
export type CredentialOrigin = 'code' | 'refresh' | 'mint' | 'reconnect' | 'import';

/** An installation's tokens and what is known about them. Never leaves the module whole. */
export interface Credential {
  /** Its own, and opaque: tells credentials apart without showing them. */
  readonly id: string;
  readonly accessToken: string;
  /** `null` for a minted token, which is renewed by minting again. */
  readonly refreshToken: string | null;
  /** Whether HighLevel has definitely refused the refresh token. It is never presented again then. */
  readonly refreshTokenRefused: boolean;
  /** When the refresh token was issued (ms since the epoch). */
  readonly refreshTokenIssuedAt: number | null;
  /** When the access token was asked for and when it expires (ms since the epoch). */
  readonly obtainedAt: number;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
  readonly userType: UserType | null;
  /** The client id that it was issued to. */
  readonly clientId: string;
  readonly origin: CredentialOrigin;
}

/** A credential as callers see it: never with its refresh token. */
export interface AccessCredential {
  /** Tells this credential from its predecessors and successors. Pass it as `rejected` when HighLevel answers it with 401. */
  readonly id: string;
  /** The access token. */
  readonly token: string;
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
  readonly userType: UserType | null;
}

/** What HighLevel granted: the content of a successful token answer, read and checked. */
export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** ms from the moment that the request was sent. */
  readonly expiresInMs: number;
  readonly scopes: readonly string[];
  readonly userType: UserType | null;
  readonly locationId: string | null;
  readonly companyId: string | null;
}

/** A random id for a credential, a lease or a change. */
export const newId = (): string => randomBytes(12).toString('base64url');

/** The id of a credential that was obtained elsewhere: the same tokens, brought in again, are the same credential. */
export function idOfTokens({
  accessToken,
  refreshToken,
  clientId,
  userType,
}: Pick<Credential, 'accessToken' | 'refreshToken' | 'clientId' | 'userType'>): string {
  const facts = JSON.stringify([refreshToken ?? accessToken, clientId, userType]);
  return createHash('sha256').update(facts).digest().subarray(0, 12).toString('base64url');
}

/** Makes the credential that follows from a grant. */
export function credentialFrom(
  grant: Grant,
  facts: {
    readonly origin: CredentialOrigin;
    readonly clientId: string;
    /** When the request was sent. */
    readonly sentAt: number;
    /** The credential that this one replaces: what the answer leaves out is taken from it. */
    readonly previous: Credential | null;
    readonly userType?: UserType;
  },
): Credential {
  const { previous, sentAt } = facts;
  const kept = grant.refreshToken === null ? previous : null;
  return {
    id: newId(),
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken ?? kept?.refreshToken ?? null,
    refreshTokenRefused: kept?.refreshTokenRefused ?? false,
    refreshTokenIssuedAt: grant.refreshToken === null ? (kept?.refreshTokenIssuedAt ?? null) : sentAt,
    obtainedAt: sentAt,
    expiresAt: sentAt + grant.expiresInMs,
    scopes: grant.scopes.length > 0 ? grant.scopes : (previous?.scopes ?? []),
    userType: grant.userType ?? previous?.userType ?? facts.userType ?? null,
    clientId: kept?.refreshToken ? kept.clientId : facts.clientId,
    origin: facts.origin,
  };
}

/** What callers may see of a credential. */
export const accessCredentialOf = (credential: Credential): AccessCredential => ({
  id: credential.id,
  token: credential.accessToken,
  expiresAt: new Date(credential.expiresAt),
  scopes: credential.scopes,
  userType: credential.userType,
});
