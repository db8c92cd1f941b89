import { createHash } from 'node:crypto';
import { type Call, refuse } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import { authorize } from './authorize.js';

/** `/echo`, any method, any token: what of the body arrived. HighLevel has no such resource; it is for tests of replays. */
export function echoEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { token, refused } = authorize(call, limiter, {});
  if (refused) return refused;
  const { method, body = '', headers } = call.request;
  return json(200, {
    method,
    place: token.installation.place,
    contentType: headers['content-type'] ?? null,
    bytes: typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
}

/** `/redirect?to=…&status=…`, any method, no token asked for: for tests of where a token follows to. */
export function redirectEndpoint(call: Call): Reply {
  const { query } = call.request;
  const to = query.get('to');
  const status = Number(query.get('status') ?? 302);
  if (to === null || ![301, 302, 303, 307, 308].includes(status)) {
    return refuse(call, 'validation', ['to should not be empty', 'status must be a redirect']);
  }
  return { status, headers: { location: to }, body: '' };
}
