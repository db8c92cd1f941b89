import type { IssuedToken, TokenOrigin, TokenPair } from '../world/credentials.js';
import type { SimulatedInstallation } from '../world/installation.js';
import type { World } from '../world/world.js';

/** What a new pair is made of. */
export interface PairOptions {
  readonly installation: SimulatedInstallation;
  readonly clientId: string;
  readonly origin: TokenOrigin;
  readonly parent: string;
  /** @default what the installation's customer agreed to */
  readonly scopes?: readonly string[];
  /** @default as set for access tokens */
  readonly lifetimeMs?: number;
  /** @default true */
  readonly withRefreshToken?: boolean;
}

/** Makes tokens; what becomes of the older ones is the caller's matter. */
export function issuePair(world: World, options: PairOptions): TokenPair {
  const { installation, clientId, origin, parent } = options;
  const now = world.now();
  const settings = world.settings.token;
  const make = (kind: IssuedToken['kind'], lifetimeMs: number): IssuedToken =>
    world.vault.issueToken({
      kind,
      installation,
      userType: installation.userType,
      clientId,
      scopes: options.scopes ?? installation.scopes,
      origin,
      parent,
      issuedAt: now,
      expiresAt: now + lifetimeMs,
    });
  return {
    access: make('access', options.lifetimeMs ?? settings.accessTokenLifetimeMs),
    refresh: options.withRefreshToken === false ? undefined : make('refresh', settings.refreshTokenLifetimeMs),
  };
}

/** Whether HighLevel says of the place that it is not active, and in which words. */
export function inactivity(
  world: World,
  installation: SimulatedInstallation,
): 'placeInactive' | 'companyInactive' | undefined {
  const { locationId, companyId } = installation;
  if (locationId !== undefined)
    return world.places.location(locationId)?.active === false ? 'placeInactive' : undefined;
  return world.places.company(companyId)?.active === false ? 'companyInactive' : undefined;
}
