import { STATUS_TEXTS } from '../answers.js';
import { type Call, raw, refuse } from '../call.js';
import { json, type Reply } from '../wire.js';
import type { FaultAction, FaultKind } from './fault.js';

/** What is answered in place of the honest answer, which is given where the request has been handled. */
export function faultAnswer(call: Call, action: FaultAction, honest: Reply | undefined): Reply {
  if (action.answer !== undefined) return refuse(call, action.answer);
  if (action.status !== undefined || action.retryAfter !== undefined) return statusAnswer(call, action);
  const real = honest?.body.startsWith('{') ? (JSON.parse(honest.body) as Record<string, unknown>) : pretended(call);
  const status = honest?.status ?? 200;
  switch (action.kind as FaultKind) {
    case 'notJson':
      return raw(status, 'upstream connect error or disconnect/reset before headers');
    case 'html':
      return raw(status, '<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>', {
        'content-type': 'text/html; charset=utf-8',
      });
    case 'empty':
      return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: '' };
    case 'truncated': {
      const whole = json(status, real);
      return { ...whole, body: whole.body.slice(0, Math.floor(whole.body.length / 2)) };
    }
    case 'huge':
      return json(status, { ...real, padding: 'x'.repeat(action.bytes ?? 5_000_000) });
    case 'withoutAccessToken':
      return json(status, { ...real, access_token: undefined, accessToken: undefined, authorizationCode: undefined });
    case 'wrongTypes':
      return json(status, mapValues(real));
    case 'errorInside':
      return json(status, { error: 'internal_error', error_description: 'Something went wrong', statusCode: 500 });
    default:
      return { status: 0, headers: {}, body: '' };
  }
}

function statusAnswer(call: Call, action: FaultAction): Reply {
  const status = action.status ?? 429;
  const body = action.body ?? {
    statusCode: status,
    message: STATUS_TEXTS[status] ?? 'Unknown',
    traceId: call.world.random.uuid(),
  };
  const retryAfter = action.retryAfter === undefined ? {} : { 'retry-after': String(action.retryAfter) };
  return raw(status, body, { ...retryAfter, ...action.headers });
}

/** What looks like an answer where the request was not handled; the tokens in it are worth nothing. */
function pretended(call: Call): Record<string, unknown> {
  const { random, vault, now } = call.world;
  const worthless = (length: number): string => {
    const value = random.base64url(length);
    vault.remember(value);
    return value;
  };
  if (call.draft.endpoint === 'reconnect') {
    const expiresAt = new Date(now() + 60_000).toISOString();
    return { authorizationCode: worthless(40), expiresAt, traceId: random.uuid() };
  }
  const [access_token, refresh_token] = [worthless(720), worthless(920)];
  return { access_token, token_type: 'Bearer', expires_in: 86_399, refresh_token, userId: random.id() };
}

function mapValues(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? { value: [1, 2] } : [String(value)],
    ]),
  );
}
