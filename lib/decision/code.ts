import { fieldOf, isSecretText } from './json-field.js';

/** What Reconnect answers: a code, and until when it can be exchanged as far as that is said. */
export interface ReconnectCode {
  readonly code: string;
  readonly expiresAt: Date | null;
}

/**
 * Reads an answer of Reconnect.
 * @returns the code, or what is wrong with the answer
 */
export function readCode(json: Readonly<Record<string, unknown>>): ReconnectCode | { readonly problem: string } {
  const code = fieldOf(json, 'authorization_code', 'authorizationCode');
  if (code === undefined) return { problem: 'the answer has no authorizationCode' };
  if (!isSecretText(code)) return { problem: 'authorizationCode is not a usable code' };
  const expiresAt = fieldOf(json, 'expires_at', 'expiresAt');
  const moment = typeof expiresAt === 'string' ? new Date(expiresAt) : null;
  return { code, expiresAt: moment === null || Number.isNaN(moment.getTime()) ? null : moment };
}
