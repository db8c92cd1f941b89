import type { InstallOptions } from './install-options.js';
import type { World } from './world.js';

/**
 * Reads an authorization link as the marketplace's page does.
 * @throws with the reason why the page would not offer the app
 */
export function readAuthorizationLink(world: World, link: string): InstallOptions {
  const url = new URL(link);
  const refuse = (reason: string): never => {
    throw new Error(`The authorization page refuses ${link}: ${reason}`);
  };
  const query = url.searchParams;
  if (url.pathname !== '/v2/oauth/chooselocation') refuse('the path is /v2/oauth/chooselocation');
  if (query.get('response_type') !== 'code') refuse('response_type is not code');
  const clientId = query.get('client_id') ?? refuse('client_id is missing');
  const app = world.appOfClient(clientId);
  if (!app?.has(clientId))
    throw new Error(`The authorization page refuses ${link}: nobody has the client id ${clientId}`);
  const redirectUri = query.get('redirect_uri') ?? refuse('redirect_uri is missing');
  if (!app.redirectUris.includes(redirectUri)) refuse('redirect_uri is none of the app');
  if (/[?&]scope=[^&]*\+/.test(url.search)) refuse('blanks between scopes are to be encoded as %20');
  const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
  if (scopes.length === 0) refuse('scope is missing');
  for (const scope of scopes) if (!app.scopes.includes(scope)) refuse(`the app has no scope ${scope}`);
  const optional = { state: query.get('state'), codeChallenge: query.get('code_challenge') };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null));
  return { appId: app.appId, clientId, redirectUri, scopes, ...given };
}
