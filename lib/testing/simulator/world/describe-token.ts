import type { TokenOrigin } from './credentials.js';
import type { PlaceKey } from './place.js';
import type { World } from './world.js';

/** What HighLevel knows of a token or code. */
export interface TokenDescription {
  /** The short id that the ledger uses. */
  readonly id: string;
  readonly kind: 'access' | 'refresh' | 'code';
  readonly place: PlaceKey;
  readonly appId: string;
  readonly clientId: string;
  /** How it was made; codes have none. */
  readonly origin: TokenOrigin | undefined;
  /** The id of the token or code that it was made from. */
  readonly parent: string | undefined;
  /** In ms since the epoch. */
  readonly expiresAt: number;
  /** `used`: a refresh token or code that has been exchanged. `killed`: by an uninstall, an incident or a successor. */
  readonly state: 'live' | 'used' | 'expired' | 'killed';
}

/** @internal */
export function describeToken(world: World, value: string): TokenDescription | undefined {
  const token = world.vault.token(value);
  const found = token ?? world.vault.code(value);
  if (!found) return undefined;
  const { id, installation, clientId, expiresAt, killed, used } = found;
  return {
    id,
    kind: token?.kind ?? 'code',
    place: installation.place,
    appId: installation.app.appId,
    clientId,
    origin: token?.origin,
    parent: token?.parent,
    expiresAt,
    state: killed ? 'killed' : used ? 'used' : world.now() >= expiresAt ? 'expired' : 'live',
  };
}
