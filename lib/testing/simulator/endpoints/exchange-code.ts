import { createHash } from 'node:crypto';
import { type Call, refuse } from '../call.js';
import type { Reply } from '../wire.js';
import type { AuthorizationCode } from '../world/credentials.js';
import { inactivity, issuePair } from './issue-pair.js';
import { tokenAnswer } from './token-answer.js';
import { acceptsClient, type TokenFields } from './token-fields.js';

/** `grant_type=authorization_code`: codes of the authorization page and of reconnect. */
export function exchangeCode(call: Call, fields: TokenFields, value: string): Reply {
  const { world } = call;
  if (!acceptsClient(call, fields.client_id, fields.client_secret)) return refuse(call, 'clientRejected');
  const code = world.vault.code(value);
  if (!code) return refuse(call, 'codeInvalid');
  const { installation } = code;
  const ofReconnect = code.origin === 'reconnect';
  const settings = ofReconnect ? world.settings.reconnect : world.settings.token;

  if (code.clientId !== fields.client_id) return refuse(call, 'clientRejected');
  if (code.killed || !installation.installed) return refuse(call, 'codeInvalid');
  if (code.used && settings.codeSingleUse) return refuse(call, 'codeUsed');
  if (world.now() >= code.expiresAt) return refuse(call, 'codeExpired');
  if (fields.redirect_uri === undefined && settings.exchangeWantsRedirectUri)
    return refuse(call, 'missingParameter', 'redirectUri');
  if (!fitsRedirect(code, fields.redirect_uri)) return refuse(call, 'redirectMismatch');
  if (fields.user_type === undefined && settings.exchangeWantsUserType)
    return refuse(call, 'missingParameter', 'userType');
  if (fields.user_type !== undefined && fields.user_type !== installation.userType) return refuse(call, 'codeInvalid');
  if (code.codeChallenge !== undefined && fields.code_verifier === undefined)
    return refuse(call, 'missingParameter', 'codeVerifier');
  if (!fitsChallenge(code, fields.code_verifier)) return refuse(call, 'codeInvalid');
  const inactive = inactivity(world, installation);
  if (inactive) return refuse(call, inactive);

  code.used = true;
  Object.assign(installation, { clientId: code.clientId, scopes: code.scopes });
  const origin = ofReconnect ? 'reconnect' : 'code';
  const pair = issuePair(world, { installation, clientId: code.clientId, origin, parent: code.id });
  const kills = ofReconnect ? world.settings.reconnect.kills : world.settings.token.authorizationKills;
  world.vault.kill(installation, kills, [pair.access, pair.refresh]);
  call.draft.outcome = 'issued';
  return tokenAnswer(call, 200, pair);
}

function fitsChallenge({ codeChallenge }: AuthorizationCode, verifier = ''): boolean {
  return codeChallenge === undefined || createHash('sha256').update(verifier).digest('base64url') === codeChallenge;
}

function fitsRedirect(code: AuthorizationCode, redirectUri: string | undefined): boolean {
  if (redirectUri === undefined) return true;
  return code.redirectUri === undefined
    ? code.installation.app.redirectUris.includes(redirectUri)
    : code.redirectUri === redirectUri;
}
