import { readAnswer } from './answer-text.js';

/**
 * What an API call's answer says about the token that it carried.
 *
 * - `accepted`: nothing against the token
 * - `expired`: HighLevel's known words for a dead access token; a new one repairs it
 * - `unclear`: a 401 of unknown words; worth one try, not one per call
 * - the rest: no new token can repair it
 */
export type TokenVerdict =
  'accepted' | 'expired' | 'unclear' | 'scope_missing' | 'token_type_mismatch' | 'version_header' | 'no_access';

const ROWS: readonly (readonly [RegExp, TokenVerdict])[] = [
  [/not authorized for this scope/, 'scope_missing'],
  [/authclass type is not allowed|user type mismatch|user type is not yet supported/, 'token_type_mismatch'],
  [/version header/, 'version_header'],
  [/does not have access to this location|not accessible from this token/, 'no_access'],
  [/invalid jwt|access token is invalid|jwt expired|token (is|has) expired/, 'expired'],
];

/** Whether a new token can help: only a 401 is worth reading, and only some of them are worth a recovery. */
export function classifyApiAnswer(status: number, body: string): TokenVerdict {
  if (status !== 401 && status !== 403) return 'accepted';
  const { said } = readAnswer(body);
  const row = ROWS.find(([words]) => words.test(said));
  if (status === 403) return row === undefined || row[1] === 'expired' ? 'accepted' : row[1];
  return row?.[1] ?? 'unclear';
}

/** Whether a recovery may repair it. */
export const isRepairable = (verdict: TokenVerdict): verdict is 'expired' | 'unclear' =>
  verdict === 'expired' || verdict === 'unclear';
