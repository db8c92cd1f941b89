import type { Engine } from '../engine.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { ClientPair } from '../highlevel/client-pair.js';

/** The key pair that a caller named, or the one for new installations. @throws {GhlAuthError} `GHL_CONFIG_INVALID` */
export function pairFor({ clients }: Pick<Engine, 'clients'>, clientId: string | undefined): ClientPair {
  const pair = clientId === undefined ? clients.current : clients.find(clientId);
  if (pair !== undefined) return pair;
  throw new GhlAuthError(
    'GHL_CONFIG_INVALID',
    "The clientId that was passed is not among the module's clients: add its key pair to option clients",
  );
}
