import type { Answer, AnswerFacts } from './answer.js';
import { readAnswer, type AnswerText } from './answer-text.js';
import { readGrant } from './grant.js';

/** Any HTTP answer, as far as deciding needs it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What was asked: the same words can mean different things. */
export type OAuthCall = 'refresh' | 'exchange' | 'reconnect' | 'mint';

const REMOVED = 'api endpoint has been removed';
const INACTIVE = /(location|company|account) is not active/
const DEAD_TOKEN = /refresh.?token is invalid|invalid refresh.?token|invalid[_ ]grant/;
const DEAD_CODE = /invalid[_ ]grant|(authorization )?code .*(invalid|expired|used)|(invalid|expired) .*code/;
const NOT_INSTALLED = /not installed|no installation|installation (was )?not found/;
const CLIENT = /(invalid|wrong|incorrect|unknown|mismatch\w*) client|client (credentials|key|secret|id)\b.*(invalid|wrong|incorrect|mismatch|not match)|invalid client[_ ]?(key|secret|id)|unauthorized_client|invalid_client/;
const MALFORMED = /^(missing|invalid) parameter|should not exist|must be |not available in api version/;
const SCOPE = 'not authorized for this scope';
const TYPE = /user type is not yet supported|user type mismatch|authclass type is not allowed/;

/** `Retry-After` in ms: seconds, or a date that is compared with the answer's own `Date`. */
export function retryAfterMs(headers: HttpAnswer['headers']): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1_000;
  const ms = Date.parse(value) - Date.parse(headers['date'] ?? '');
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

const readSuccess = (call: OAuthCall, { json, said, shown }: AnswerText, facts: AnswerFacts): Answer => {
  if (json === null) return { ...facts, kind: 'unexpected', text: 'the answer is not a JSON object' };
  if (call === 'reconnect') {
    const { authorizationCode, expiresAt } = json;
    if (typeof authorizationCode !== 'string' || authorizationCode === '') {
      return { ...facts, kind: 'unexpected', text: shown || 'the answer has no authorizationCode' };
    }
    const moment = typeof expiresAt === 'string' ? new Date(expiresAt) : null;
    return { ...facts, kind: 'code', code: authorizationCode, expiresAt: moment && !Number.isNaN(moment.getTime()) ? moment : null };
  }
  const read = readGrant(json);
  if ('grant' in read) return { ...facts, kind: 'granted', grant: read.grant };
  return { ...facts, kind: 'unexpected', text: said ? `${read.problem}; it says: ${shown}` : read.problem };
};

const isDefiniteRefusal = (call: OAuthCall, said: string): boolean => {
  if (call === 'refresh') return DEAD_TOKEN.test(said);
  if (call === 'exchange') return DEAD_CODE.test(said);
  return NOT_INSTALLED.test(said);
};

const readFailure = (call: OAuthCall, status: number, { said }: AnswerText, facts: AnswerFacts): Answer => {
  if (INACTIVE.test(said)) return { ...facts, kind: 'place_inactive' };
  if (call === 'reconnect' && said.includes(REMOVED)) return { ...facts, kind: 'endpoint_removed' };
  if (call === 'mint' && said.includes(SCOPE)) return { ...facts, kind: 'scope_missing' };
  if (call === 'mint' && TYPE.test(said)) return { ...facts, kind: 'token_type_mismatch' };
  if (CLIENT.test(said)) return { ...facts, kind: 'client_refused' };
  if (isDefiniteRefusal(call, said)) return { ...facts, kind: 'refused' };
  if (call === 'mint' && status === 401) return { ...facts, kind: 'token_refused' };
  if (status === 422 || MALFORMED.test(said)) return { ...facts, kind: 'malformed_request' };
  return { ...facts, kind: 'unrecognized' };
};

/** Reads what HighLevel answered to one of the OAuth calls. Never throws. */
export function classifyOAuthAnswer(call: OAuthCall, answer: HttpAnswer): Answer {
  const { status, headers, body } = answer;
  const text = readAnswer(body);
  const facts: AnswerFacts = { status, traceId: text.traceId, text: text.shown };
  if (status >= 200 && status < 300) return readSuccess(call, text, facts);
  if (status === 429) return { ...facts, kind: 'rate_limited', retryAfterMs: retryAfterMs(headers) };
  if (status >= 500 || status === 408) return { ...facts, kind: 'server_error' };
  return readFailure(call, status, text, facts);
}
