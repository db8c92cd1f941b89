import type { GhlAuthOptions } from '../../config/ghl-auth-options.js';
import type { SimulatedApp } from '../simulator/world/apps.js';

/**
 * Options with which a registration runs on a simulated app, unless told otherwise.
 * @param withClients whether its key pairs are among them, and not brought by a provider
 */
export function testingOptions(app: SimulatedApp, given: GhlAuthOptions = {}, withClients = true): GhlAuthOptions {
  const [redirectUri] = app.redirectUris;
  return {
    ...(withClients && { clients: app.clients }),
    scopes: app.scopes,
    ...(redirectUri !== undefined && { redirectUri }),
    ...given,
    job: { enabled: false, ...given.job },
    refresh: { freshTokenMs: 0, ...given.refresh },
  };
}
