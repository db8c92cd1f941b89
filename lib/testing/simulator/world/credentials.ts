import type { UserType } from '../../../installation/credential.js';
import type { SimulatedInstallation } from './installation.js';

/** How a token came to be. */
export type TokenOrigin = 'code' | 'reconnect' | 'refresh' | 'mint';

/** An access or refresh token that the simulator made. */
export interface IssuedToken {
  /** Short and stable, without a secret: `access#7`, `refresh#8`. */
  readonly id: string;
  readonly kind: 'access' | 'refresh';
  readonly value: string;
  /** What HighLevel calls `refreshTokenId`. */
  readonly publicId: string;
  readonly installation: SimulatedInstallation;
  readonly userType: UserType;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly origin: TokenOrigin;
  /** The id of the token or code that it was made from. */
  readonly parent: string | undefined;
  readonly issuedAt: number;
  expiresAt: number;
  killed: boolean;
  /** Set when a refresh token has been exchanged. */
  used?: { readonly at: number; readonly clientSecret: string; readonly successor: TokenPair };
}

/** What one call made. */
export interface TokenPair {
  readonly access: IssuedToken;
  readonly refresh: IssuedToken | undefined;
}

/** A code of the authorization page or of reconnect. */
export interface AuthorizationCode {
  /** Short and stable, without a secret: `code#3`. */
  readonly id: string;
  readonly value: string;
  readonly origin: 'authorization' | 'reconnect';
  readonly installation: SimulatedInstallation;
  readonly clientId: string;
  readonly redirectUri: string | undefined;
  /** Of PKCE, where the link had one and it is honoured. */
  readonly codeChallenge: string | undefined;
  /** What the customer agreed to. */
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  used: boolean;
  killed: boolean;
}
