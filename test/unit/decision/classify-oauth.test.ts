import { describe, expect, it } from '@jest/globals';
import { classifyOAuthAnswer, retryAfterMs, type OAuthCall } from '../../../lib/decision/classify-oauth.js';

const TRACE_ID = '0d1c2b3a-1111-4222-8333-444455556666';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const nest = (status: number, message: string | string[]) =>
  answer(status, { statusCode: status, message, error: 'Bad Request', traceId: TRACE_ID });
const oauth = (status: number, error: string, description: string) =>
  answer(status, { error, error_description: description });
const kindOf = (call: OAuthCall, given: ReturnType<typeof answer>): string => classifyOAuthAnswer(call, given).kind;

describe('an answer of the token endpoint to a refresh', () => {
  it.each([
    ['Invalid grant: refresh token is invalid', 400, 'refused'],
    ['This refresh token is invalid', 400, 'refused'],
    ['invalid_grant', 400, 'refused'],
    ['Invalid refresh token', 400, 'refused'],
    ['Invalid refresh token', 401, 'refused'],
    ['The refresh token has expired', 400, 'refused'],
    ['Refresh token has already been used', 400, 'refused'],
    ['Location is not active', 400, 'place_inactive'],
    ['Company is not active', 400, 'place_inactive'],
    ['Missing parameter: clientId', 400, 'malformed_request'],
    ['Invalid parameter: grantType', 400, 'malformed_request'],
    ['Invalid client credentials!', 401, 'client_refused'],
    ['grant_type must be a valid enum value', 422, 'malformed_request'],
    ['property userType should not exist', 422, 'malformed_request'],
    ['Somebody else has the floor', 400, 'unrecognized'],
    ['Somebody else has the floor', 422, 'malformed_request'],
  ] as const)('"%s" (%i) is %s in both families, in any case, and as a list', (text, status, kind) => {
    for (const said of [text, text.toUpperCase(), text.toLowerCase()]) {
      expect(kindOf('refresh', nest(status, said))).toBe(kind);
      expect(kindOf('refresh', nest(status, [said, 'and more']))).toBe(kind);
      expect(kindOf('refresh', answer(status, { error: said }))).toBe(kind);
      expect(kindOf('refresh', answer(status, { errorDescription: said }))).toBe(kind);
    }
  });

  it.each([
    ['invalid_grant', 'This refresh token is invalid', 'refused'],
    ['invalid_request', 'Invalid refresh token', 'refused'],
    ['invalid_request', 'Missing parameter: clientId', 'malformed_request'],
    ['invalid_client', 'Invalid client credentials!', 'client_refused'],
    ['invalid_grant', 'Invalid client credentials!', 'client_refused'],
    ['invalid_request', 'Location is not active', 'place_inactive'],
  ])('{ error: "%s", error_description: "%s" } is %s', (error, description, kind) => {
    expect(kindOf('refresh', oauth(400, error, description))).toBe(kind);
  });

  it.each([
    ['Invalid grant type', 'unrecognized'],
    ['invalid_grant_type', 'unrecognized'],
    ['unsupported_grant_type', 'malformed_request'],
    ['Unknown client error', 'unrecognized'],
    ['Your subscription is not active', 'unrecognized'],
    ['The refresh token is fine, try later', 'unrecognized'],
    ['client_id should not be empty', 'malformed_request'],
    ['API endpoint has been removed', 'unrecognized'],
  ])('"%s" is no word against the token: %s', (text, kind) => {
    expect(kindOf('refresh', nest(400, text))).toBe(kind);
  });

  it.each([
    ['<html><body>invalid_grant: This refresh token is invalid</body></html>', 400],
    ['invalid_grant', 400],
    ['"invalid_grant"', 400],
    ['["invalid_grant"]', 400],
    ['Invalid client credentials!', 401],
    ['Location is not active', 403],
  ])('%s is not HighLevel speaking: only JSON objects are', (body, status) => {
    expect(kindOf('refresh', answer(status, body))).toBe('unrecognized');
  });

  it.each([301, 302, 304, 307, 100])('status %i says nothing, whatever is written beside it', (status) => {
    expect(kindOf('refresh', oauth(status, 'invalid_grant', 'This refresh token is invalid'))).toBe('unrecognized');
  });

  it.each([500, 502, 503, 504, 520, 408])(
    'status %i is trouble of the server, whatever is written beside it',
    (status) => {
      expect(kindOf('refresh', oauth(status, 'invalid_grant', 'This refresh token is invalid'))).toBe('server_error');
    },
  );

  it('keeps the status, the text and the traceId', () => {
    expect(classifyOAuthAnswer('refresh', nest(400, 'Invalid grant: refresh token is invalid'))).toEqual({
      kind: 'refused',
      status: 400,
      text: 'Invalid grant: refresh token is invalid / Bad Request',
      traceId: TRACE_ID,
    });
  });
});

describe('an answer to the exchange of a code', () => {
  it.each([
    ['Invalid grant: authorization code is invalid', 'refused'],
    ['Authorization code has expired', 'refused'],
    ['Authorization code has already been used', 'refused'],
    ['Invalid authorization code', 'refused'],
    ['Code already used', 'refused'],
    ['Invalid redirect_uri', 'refused'],
    ['Invalid grant: `redirect_uri` is invalid', 'refused'],
    ['Invalid parameter: code', 'malformed_request'],
    ['Missing parameter: redirectUri', 'malformed_request'],
    ['Missing parameter: userType', 'malformed_request'],
    ['This refresh token is invalid', 'unrecognized'],
    ['Invalid client credentials!', 'client_refused'],
    ['Location is not active', 'place_inactive'],
  ])('"%s" is %s', (text, kind) => {
    expect(kindOf('exchange', nest(400, text))).toBe(kind);
  });
});

describe('an answer of Reconnect', () => {
  it.each([
    ['API endpoint has been removed', 400, 'endpoint_removed'],
    ['api endpoint has been REMOVED', 400, 'endpoint_removed'],
    [
      'Endpoint /oauth/reconnect not available in API version v3. This endpoint was removed in version v3.',
      400,
      'malformed_request',
    ],
    ['Cannot POST /oauth/reconnect', 404, 'unrecognized'],
    ['The app is not installed here', 400, 'refused'],
    ['No installation found', 404, 'refused'],
    ['Invalid client credentials!', 401, 'client_refused'],
    ['Client key does not match', 403, 'client_refused'],
    ['Location is not active', 400, 'place_inactive'],
    ['Send either locationId or companyId', 400, 'unrecognized'],
    ['invalid_grant', 400, 'unrecognized'],
  ])('"%s" (%i) is %s', (text, status, kind) => {
    expect(kindOf('reconnect', nest(status, text))).toBe(kind);
  });

  it.each([200, 201, 202])('a code with status %i is a code', (status) => {
    const body = { authorizationCode: 'a'.repeat(40), expiresAt: '2024-10-08T13:35:43.887Z', traceId: TRACE_ID };
    expect(classifyOAuthAnswer('reconnect', answer(status, body))).toMatchObject({
      kind: 'code',
      code: body.authorizationCode,
      expiresAt: new Date(body.expiresAt),
      traceId: TRACE_ID,
    });
  });

  it('reads snake_case too', () => {
    const body = { authorization_code: 'code', expires_at: '2024-10-08T13:35:43.887Z', trace_id: TRACE_ID };
    expect(classifyOAuthAnswer('reconnect', answer(200, body))).toMatchObject({
      kind: 'code',
      code: 'code',
      expiresAt: new Date(body.expires_at),
      traceId: TRACE_ID,
    });
  });

  it.each([undefined, null, 'soon', 1_728_394_543, {}])('takes a code whose expiresAt is %p', (expiresAt) => {
    expect(classifyOAuthAnswer('reconnect', answer(200, { authorizationCode: 'code', expiresAt }))).toMatchObject({
      kind: 'code',
      expiresAt: null,
    });
  });

  it.each([[''], [null], [7], [{}], ['two words'], ['x'.repeat(70_000)]])(
    'does not take %p for a code',
    (authorizationCode) => {
      expect(kindOf('reconnect', answer(200, { authorizationCode }))).toBe('unexpected');
    },
  );
});

describe('an answer to a mint', () => {
  it.each([
    [401, "This token's user type is not yet supported!", { kind: 'token_type_mismatch' }],
    [401, 'The token is not authorized for this scope.', { kind: 'scope_missing' }],
    [401, 'Invalid JWT', { kind: 'token_refused', verdict: 'expired' }],
    [401, 'Invalid token: access token is invalid', { kind: 'token_refused', verdict: 'expired' }],
    [401, 'Something new', { kind: 'token_refused', verdict: 'unclear' }],
    [401, 'version header was not found.', { kind: 'malformed_request' }],
    [401, 'version header is invalid', { kind: 'malformed_request' }],
    [403, 'The token does not have access to this location.', { kind: 'refused' }],
    [403, 'This location is not accessible from this token!', { kind: 'refused' }],
    [403, 'Something new', { kind: 'unrecognized' }],
    [400, 'Location is not active', { kind: 'place_inactive' }],
    [400, 'The app is not installed on this location', { kind: 'refused' }],
    [
      400,
      'Endpoint /oauth/locationToken not available in API version v3. This endpoint was removed in version v3.',
      { kind: 'malformed_request' },
    ],
  ])('%i "%s"', (status, text, expected) => {
    expect(classifyOAuthAnswer('mint', nest(status, text))).toMatchObject(expected);
  });
});

describe('a 429', () => {
  it.each([
    [{}, null],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': ' 120 ' }, 120_000],
    [{ 'retry-after': '999999999' }, 999_999_999_000],
    [{ 'retry-after': 'Mon, 02 Nov 2026 09:01:00 GMT', date: 'Mon, 02 Nov 2026 09:00:00 GMT' }, 60_000],
    [{ 'retry-after': 'Mon, 02 Nov 2026 09:01:00 GMT' }, null],
    [{ 'retry-after': 'Mon, 02 Nov 2026 08:00:00 GMT', date: 'Mon, 02 Nov 2026 09:00:00 GMT' }, null],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': '1.5' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '99999999999999999999' }, null],
  ])('with the headers %p asks for %p ms', (headers: Record<string, string>, ms) => {
    expect(retryAfterMs(headers)).toBe(ms);
    expect(classifyOAuthAnswer('refresh', answer(429, 'slow down', headers))).toMatchObject({
      kind: 'rate_limited',
      retryAfterMs: ms,
    });
  });
});

describe('a success that brings nothing', () => {
  it.each([
    ['', 'the answer is not a JSON object'],
    ['null', 'the answer is not a JSON object'],
    ['[]', 'the answer is not a JSON object'],
    ['"text"', 'the answer is not a JSON object'],
    ['<!DOCTYPE html><html></html>', 'the answer is not a JSON object'],
    ['{"access_token":"abc', 'the answer is not a JSON object'],
    ['{}', 'the answer has no access_token'],
    ['{"access_token":null}', 'the answer has no access_token'],
    ['{"access_token":7}', 'access_token is not a usable token'],
    ['{"access_token":"two words"}', 'access_token is not a usable token'],
    ['{"access_token":"abc","refresh_token":{}}', 'refresh_token is not a usable token'],
    ['{"error":"internal_error","statusCode":500}', 'the answer has no access_token; it says: internal_error'],
  ])('%s is unexpected: %s', (body, text) => {
    expect(classifyOAuthAnswer('refresh', answer(200, body))).toMatchObject({ kind: 'unexpected', status: 200, text });
  });

  it('keeps its traceId', () => {
    expect(classifyOAuthAnswer('refresh', answer(200, { traceId: TRACE_ID }))).toMatchObject({
      kind: 'unexpected',
      traceId: TRACE_ID,
    });
  });
});
