import { describe, expect, it } from '@jest/globals';
import { classifyOAuthAnswer } from '../../../lib/decision/classify-oauth.js';
import { reconnectAvailability } from '../../../lib/decision/reconnect-availability.js';

const answerTo = (status: number, body: unknown) =>
  reconnectAvailability(
    classifyOAuthAnswer('reconnect', {
      status,
      headers: {},
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
const nest = (statusCode: number, message: string) => ({ statusCode, message, error: 'Bad Request' });

describe('whether Reconnect is offered, by what HighLevel says of a place that cannot exist', () => {
  it.each([
    ['removed', 400, nest(400, 'API endpoint has been removed')],
    ['available', 400, nest(400, 'The app is not installed here')],
    ['available', 401, nest(401, 'Invalid client credentials!')],
    ['available', 400, nest(400, 'Location is not active')],
    ['available', 200, { authorizationCode: 'a-code', expiresAt: '2026-11-25T10:00:00.000Z' }],
    ['unknown', 404, nest(404, 'Cannot POST /oauth/reconnect')],
    ['unknown', 400, nest(400, 'Endpoint /oauth/reconnect not available in API version v3. This endpoint was removed')],
    ['unknown', 400, 'API endpoint has been removed, says a proxy'],
    ['unknown', 422, nest(422, 'locationId should not be empty')],
    ['unknown', 403, 'error code: 1010'],
    ['unknown', 429, nest(429, 'Too many requests')],
    ['unknown', 503, ''],
    ['unknown', 200, 'OK'],
  ] as const)('is %s after %s %j', (availability, status, body) => {
    expect(answerTo(status, body)).toBe(availability);
  });
});
