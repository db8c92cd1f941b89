import type { Call } from '../call.js';

/** What `/oauth/token` takes. */
export const TOKEN_RULES = {
  client_id: 'required',
  client_secret: 'required',
  grant_type: ['authorization_code', 'refresh_token'],
  code: 'optional',
  refresh_token: 'optional',
  user_type: ['Company', 'Location'],
  redirect_uri: 'optional',
} as const;

/** What it takes beside, where PKCE is honoured. */
export const PKCE_RULES = { code_verifier: 'optional' } as const;

/** The fields of a request that passed validation. */
export type TokenFields = Readonly<Partial<Record<keyof typeof TOKEN_RULES | keyof typeof PKCE_RULES, string>>>;

/** Whether the key pair works. */
export function acceptsClient(call: Call, clientId = '', clientSecret = ''): boolean {
  return call.world.appOfClient(clientId)?.accepts(clientId, clientSecret) ?? false;
}
