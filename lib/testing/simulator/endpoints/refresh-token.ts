import { type Call, refuse } from '../call.js';
import type { Reply } from '../wire.js';
import type { IssuedToken, TokenPair } from '../world/credentials.js';
import { inactivity, issuePair } from './issue-pair.js';
import { tokenAnswer } from './token-answer.js';
import { acceptsClient, type TokenFields } from './token-fields.js';

/** `grant_type=refresh_token` */
export function refreshToken(call: Call, fields: TokenFields, value: string): Reply {
  const { world } = call;
  const settings = world.settings.token;
  const token = world.vault.token(value);
  if (!token || token.kind !== 'refresh') return refuse(call, 'refreshTokenUnknown');
  if (!acceptsClient(call, fields.client_id, fields.client_secret)) return refuse(call, 'clientRejected');
  if (token.clientId !== fields.client_id) return refuse(call, 'clientRejected');
  if (fields.user_type === undefined && settings.refreshWantsUserType)
    return refuse(call, 'missingParameter', 'userType');
  if (fields.user_type !== undefined && fields.user_type !== token.userType) return refuse(call, 'refreshTokenInvalid');
  if (token.killed || !token.installation.installed || world.now() >= token.expiresAt) {
    return refuse(call, 'refreshTokenInvalid');
  }
  if (token.used && !mayRepeat(call, token.used, fields)) {
    if (settings.afterGrace === 'killsInstallation') world.vault.kill(token.installation, 'all');
    return refuse(call, 'refreshTokenInvalid');
  }
  const inactive = inactivity(world, token.installation);
  if (inactive) return refuse(call, inactive);
  return tokenAnswer(call, 200, token.used ? repeat(call, token, token.used.successor) : rotate(call, token, fields));
}

function mayRepeat(call: Call, used: NonNullable<IssuedToken['used']>, fields: TokenFields): boolean {
  const { graceMs, afterGrace } = call.world.settings.token;
  const inTime = afterGrace === 'sameAnswer' || call.world.now() - used.at <= graceMs;
  return inTime && used.clientSecret === fields.client_secret && used.successor.refresh?.killed !== true;
}

function repeat(call: Call, token: IssuedToken, successor: TokenPair): TokenPair {
  call.draft.outcome = 'repeated';
  if (call.world.settings.token.graceRepeatsAccessToken) return successor;
  return { ...successor, access: issuePair(call.world, { ...origins(token), withRefreshToken: false }).access };
}

function rotate(call: Call, token: IssuedToken, fields: TokenFields): TokenPair {
  const { rotates, refreshKillsAccessTokens } = call.world.settings.token;
  const successor = issuePair(call.world, { ...origins(token), withRefreshToken: rotates });
  if (rotates) token.used = { at: call.world.now(), clientSecret: fields.client_secret ?? '', successor };
  if (refreshKillsAccessTokens) {
    for (const other of token.installation.tokens)
      if (other.kind === 'access' && other !== successor.access) other.killed = true;
  }
  call.draft.outcome = 'issued';
  return successor;
}

function origins(token: IssuedToken) {
  const { installation, clientId, scopes, id } = token;
  return { installation, clientId, scopes, origin: 'refresh', parent: id } as const;
}
