import type { Answer, AnswerFacts } from './answer.js';
import { readAnswer, type AnswerText } from './answer-text.js';
import { classifyApiAnswer } from './classify-api.js';
import { readCode } from './code.js';
import { readGrant } from './grant.js';

/** Any HTTP answer, as far as deciding needs it. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What was asked: the same words can mean different things. */
export type OAuthCall = 'refresh' | 'exchange' | 'reconnect' | 'mint';

type Kind = Exclude<Answer['kind'], 'granted' | 'code' | 'rate_limited' | 'token_refused'>;
type Row = readonly [words: RegExp, kind: Kind];

const INVALID = '(invalid|wrong|incorrect|unknown)';
/** What is said of a token or a code that is no good. */
const SPENT = '( (is|has|was))?( already)?( been)? (invalid|expired|revoked|used|not found)\\b';
/** As an error code and in words, but not the "invalid grant type" of a request that we made badly. */
const INVALID_GRANT = 'invalid[_ ]grant(?!\\w|[_ ]?type)';

const INACTIVE: Row = [/\b(location|company) is not active\b/, 'place_inactive'];
const REMOVED: Row = [/\bapi endpoint has been removed\b/, 'endpoint_removed'];
const DEAD_TOKEN: Row = [
  new RegExp(`\\brefresh.?token${SPENT}|\\b(invalid|expired) refresh.?token\\b|\\b${INVALID_GRANT}`),
  'refused',
];
const DEAD_CODE: Row = [
  new RegExp(
    `\\bcode${SPENT}|\\b(invalid|expired|used) (authorization )?code\\b` +
      `|\\binvalid redirect.?uri\\b|\\bredirect.?uri\\W* (is invalid|does not match|mismatch)|\\b${INVALID_GRANT}`,
  ),
  'refused',
];
const NOT_INSTALLED: Row = [
  /\b(is|was) not installed\b|\bno (active )?installation (was )?found\b|\binstallation (was )?not found\b/,
  'refused',
];
const CLIENT: Row = [
  new RegExp(
    `\\b${INVALID} client\\b(?! error)|\\b${INVALID} client[_ ]?(credentials|key|secret|id)\\b` +
      `|\\bclient[_ ]?(credentials|key|secret|id)( (is|are|was|were|does|do))?( not)? (${INVALID}|valid|match|mismatch)\\b` +
      `|\\binvalid_client\\b|\\bunauthorized_client\\b`,
  ),
  'client_refused',
];
const MALFORMED: Row = [
  /\b(missing|invalid) parameter\b|\bshould not (exist|be empty)\b|\bmust be (an?|one of) |\bnot available in api version\b|\binvalid_request\b|\bunsupported_grant_type\b/,
  'malformed_request',
];

/** What the words mean, by call; the first row that fits. */
const ROWS: Readonly<Record<OAuthCall, readonly Row[]>> = {
  refresh: [INACTIVE, CLIENT, DEAD_TOKEN, MALFORMED],
  exchange: [INACTIVE, CLIENT, DEAD_CODE, MALFORMED],
  reconnect: [INACTIVE, REMOVED, CLIENT, NOT_INSTALLED, MALFORMED],
  mint: [INACTIVE, NOT_INSTALLED, MALFORMED],
};

/** `Retry-After` in ms: seconds, or a date, which is compared with the answer's own `Date` and not with our clock. */
export function retryAfterMs(headers: HttpAnswer['headers']): number | null {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const ms = /[a-z]/i.test(value) ? Date.parse(value) - Date.parse(headers['date'] ?? '') : Number.NaN;
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

const readSuccess = (call: OAuthCall, { json, said, shown }: AnswerText, facts: AnswerFacts): Answer => {
  const unexpected = (problem: string): Answer => ({
    ...facts,
    kind: 'unexpected',
    text: said === '' || json === null ? problem : `${problem}; it says: ${shown}`,
  });
  if (json === null) return unexpected('the answer is not a JSON object');
  if (call === 'reconnect') {
    const read = readCode(json);
    return 'problem' in read ? unexpected(read.problem) : { ...facts, kind: 'code', ...read };
  }
  const read = readGrant(json);
  return 'problem' in read ? unexpected(read.problem) : { ...facts, kind: 'granted', grant: read.grant };
};

/** The company's access token stands for the call: the words are those of any API call. */
const readMintRejection = (status: number, body: string, facts: AnswerFacts): Answer | null => {
  const verdict = classifyApiAnswer(status, body);
  switch (verdict) {
    case 'accepted':
      return null;
    case 'expired':
    case 'unclear':
      return { ...facts, kind: 'token_refused', verdict };
    case 'scope_missing':
    case 'token_type_mismatch':
      return { ...facts, kind: verdict };
    case 'version_header':
      return { ...facts, kind: 'malformed_request' };
    case 'no_access':
      return { ...facts, kind: 'refused' };
  }
};

/** Only JSON is HighLevel's own word: a proxy or a CDN in between answers text or a page, and knows nothing of the grant. */
const readFailure = (call: OAuthCall, answer: HttpAnswer, { json, said }: AnswerText, facts: AnswerFacts): Answer => {
  const row = json === null ? undefined : ROWS[call].find(([words]) => words.test(said));
  if (row !== undefined) return { ...facts, kind: row[1] };
  const rejection = call === 'mint' ? readMintRejection(answer.status, answer.body, facts) : null;
  return rejection ?? { ...facts, kind: answer.status === 422 ? 'malformed_request' : 'unrecognized' };
};

/** Reads what HighLevel answered to one of the OAuth calls. Never throws. */
export function classifyOAuthAnswer(call: OAuthCall, answer: HttpAnswer): Answer {
  const { status, headers, body } = answer;
  const text = readAnswer(body);
  const facts: AnswerFacts = { status, traceId: text.traceId, text: text.shown };
  if (status >= 200 && status < 300) return readSuccess(call, text, facts);
  if (status === 429) return { ...facts, kind: 'rate_limited', retryAfterMs: retryAfterMs(headers) };
  if (status >= 500 || status === 408) return { ...facts, kind: 'server_error' };
  if (status >= 400) return readFailure(call, answer, text, facts);
  return { ...facts, kind: 'unrecognized', text: 'an answer that is neither success nor failure' };
}
