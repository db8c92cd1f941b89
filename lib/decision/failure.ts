import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import type { Failure } from './answer.js';
import type { RungFailure } from './ladder.js';

const CODES: Readonly<Record<Failure['kind'], GhlAuthErrorCode>> = {
  refused: 'GHL_GRANT_REFUSED',
  place_inactive: 'GHL_SUSPENDED',
  client_refused: 'GHL_CLIENT_REJECTED',
  token_refused: 'GHL_UNEXPECTED_RESPONSE',
  scope_missing: 'GHL_SCOPE_MISSING',
  token_type_mismatch: 'GHL_TOKEN_TYPE_MISMATCH',
  endpoint_removed: 'GHL_RECONNECT_UNAVAILABLE',
  malformed_request: 'GHL_UNEXPECTED_RESPONSE',
  rate_limited: 'GHL_RATE_LIMITED',
  server_error: 'GHL_UPSTREAM_UNAVAILABLE',
  no_answer: 'GHL_UPSTREAM_UNAVAILABLE',
  not_sent: 'GHL_UPSTREAM_UNAVAILABLE',
  unexpected: 'GHL_UNEXPECTED_RESPONSE',
  unrecognized: 'GHL_UNEXPECTED_RESPONSE',
};

/** A failed answer in the words of errors and of the record. `what` says what was attempted. */
export const failureOf = (what: string, answer: Failure): RungFailure => ({
  code: CODES[answer.kind],
  message: `${what}: ${said(answer)}`,
  status: answer.status,
  traceId: answer.traceId,
});

const said = ({ kind, status, text }: Failure): string => {
  const words = [status === undefined ? '' : `HTTP ${status}`, text].filter(Boolean).join(' ');
  return kind === 'malformed_request' ? `HighLevel calls the request malformed: ${words}` : words || 'no answer';
};
