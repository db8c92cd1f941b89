import type { AnswerName } from '../answers.js';
import { type Call, refuse } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import type { RateLimit } from '../settings.js';
import type { Reply } from '../wire.js';
import type { IssuedToken } from '../world/credentials.js';
import type { UserType } from '../../../installation/credential.js';
import { inactivity } from './issue-pair.js';

/** What a resource asks of the token. */
export interface Requirement {
  readonly scope?: string;
  readonly userType?: UserType;
  /** What a token of the other type gets. @default 'wrongAuthClass' */
  readonly wrongType?: AnswerName;
}

/** Checks the header `Version`, the token, its scope and its type, in this order. */
export function authorize(
  call: Call,
  limiter: RateLimiter,
  { scope, userType, wrongType = 'wrongAuthClass' }: Requirement,
): { readonly token: IssuedToken; readonly refused?: never } | { readonly refused: Reply; readonly token?: never } {
  const { world, bearer } = call;
  const refused = (name: AnswerName): { readonly refused: Reply } => ({ refused: refuse(call, name) });
  const version = call.request.headers['version'];
  if (version === undefined) return refused('versionMissing');
  if (!world.settings.api.versions.includes(version)) return refused('versionInvalid');

  if (!bearer || bearer.kind !== 'access' || bearer.killed || !bearer.installation.installed)
    return refused('invalidJwt');
  if (world.now() >= bearer.expiresAt) return refused('expiredJwt');
  const { app, place } = bearer.installation;
  const { api, oauthCountsAsApi } = world.settings.limits;
  const counts = oauthCountsAsApi || !call.request.path.startsWith('/oauth/');
  const limited = counts ? rateLimited(call, limiter, `${app.appId}|${place}`, api) : undefined;
  if (limited) return { refused: limited };
  if (scope !== undefined && !bearer.scopes.includes(scope)) return refused('scopeMissing');
  if (userType !== undefined && bearer.userType !== userType) return refused(wrongType);
  if (world.settings.api.inactivePlace === 'refused' && inactivity(world, bearer.installation)) {
    return refused('locationNotAccessible');
  }
  return { token: bearer };
}

/** Counts the call where the limit is on; the 429 where it is one too many. */
export function rateLimited(call: Call, limiter: RateLimiter, key: string, limit: RateLimit): Reply | undefined {
  if (!limit.enabled) return undefined;
  const state = limiter.count(key, limit, call.world.now());
  Object.assign(call.answerHeaders, state.headers);
  if (state.allowed) return undefined;
  const header = retryAfterHeader(call, state.resetMs);
  if (header !== undefined) call.answerHeaders['retry-after'] = header;
  return refuse(call, 'rateLimited');
}

function retryAfterHeader({ world }: Call, resetMs: number): string | undefined {
  const { retryAfter } = world.settings.limits;
  if (retryAfter === null) return undefined;
  // A date has whole seconds; one that lies a little late asks for no call too early.
  if (retryAfter === 'date') return new Date(Math.ceil((world.now() + resetMs) / 1000) * 1000).toUTCString();
  return String(retryAfter === 'honest' ? Math.ceil(resetMs / 1000) : retryAfter);
}
