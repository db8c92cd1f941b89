import { describe, expect, it } from '@jest/globals';
import { failureOf } from '../../../lib/decision/failure.js';

describe('a failure in words', () => {
  it.each([
    [
      { kind: 'refused', status: 400, text: 'Invalid grant' },
      'GHL_GRANT_REFUSED',
      'Refreshing: HTTP 400 Invalid grant',
    ],
    [{ kind: 'no_answer', text: '' }, 'GHL_UPSTREAM_UNAVAILABLE', 'Refreshing: no answer'],
    [{ kind: 'server_error', status: 503, text: '' }, 'GHL_UPSTREAM_UNAVAILABLE', 'Refreshing: HTTP 503'],
    [
      { kind: 'malformed_request', status: 422, text: 'x must be' },
      'GHL_UNEXPECTED_RESPONSE',
      'Refreshing: HighLevel calls the request malformed: HTTP 422 x must be',
    ],
    [
      { kind: 'rate_limited', status: 429, text: 'slow', retryAfterMs: 1 },
      'GHL_RATE_LIMITED',
      'Refreshing: HTTP 429 slow',
    ],
    [{ kind: 'endpoint_removed', status: 400, text: 'gone' }, 'GHL_RECONNECT_UNAVAILABLE', 'Refreshing: HTTP 400 gone'],
    [{ kind: 'client_refused', status: 401, text: 'no' }, 'GHL_CLIENT_REJECTED', 'Refreshing: HTTP 401 no'],
  ] as const)('%p', (answer, code, message) => {
    expect(failureOf('Refreshing', answer)).toMatchObject({ code, message });
  });
});
