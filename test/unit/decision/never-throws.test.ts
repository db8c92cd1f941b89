import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { readAnswer } from '../../../lib/decision/answer-text.js';
import { classifyApiAnswer } from '../../../lib/decision/classify-api.js';
import { classifyOAuthAnswer, type OAuthCall } from '../../../lib/decision/classify-oauth.js';
import { failureOf } from '../../../lib/decision/failure.js';
import { readGrant } from '../../../lib/decision/grant.js';

const RUNS = { numRuns: 200 };

/** Names that HighLevel uses, and names that objects are attacked with. */
const NAMES = [
  ...[
    'message',
    'error',
    'error_description',
    'traceId',
    'access_token',
    'refresh_token',
    'expires_in',
    'scope',
    'userType',
  ],
  ...[
    'locationId',
    'companyId',
    'authorizationCode',
    'expiresAt',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ],
];
const WORDS = [
  'invalid_grant',
  'Invalid client credentials!',
  'API endpoint has been removed',
  'Location is not active',
  'Invalid JWT',
];

const value = fc.oneof(fc.constantFrom(...WORDS), fc.jsonValue(), fc.array(fc.constantFrom(...WORDS)), fc.double());
const object = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string()), value))
  .map(
    (entries) =>
      `{${entries.map(([name, held]) => `${JSON.stringify(name)}:${JSON.stringify(held) ?? 'null'}`).join(',')}}`,
  );
const body = fc.oneof(
  object,
  fc.json(),
  fc.string(),
  fc.string({ unit: 'binary' }),
  object.map((text) => text.slice(0, -1)),
);
const status = fc.oneof(fc.constantFrom(200, 201, 400, 401, 403, 404, 408, 422, 429, 500), fc.integer(), fc.double());
const headers = fc.dictionary(fc.constantFrom('retry-after', 'date', 'content-type'), fc.string());
const call = fc.constantFrom<OAuthCall>('refresh', 'exchange', 'reconnect', 'mint');

describe('reading an answer', () => {
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(body, (text) => void readAnswer(text)),
      RUNS,
    );
    fc.assert(
      fc.property(status, body, (code, text) => void classifyApiAnswer(code, text)),
      RUNS,
    );
  });

  it('never throws, whatever the call, the status, the headers and the body; and every failure has words', () => {
    fc.assert(
      fc.property(call, status, headers, body, (what, code, given, text) => {
        const answer = classifyOAuthAnswer(what, { status: code, headers: given, body: text });
        if (answer.kind === 'granted' || answer.kind === 'code') return true;
        const { message } = failureOf('Refreshing', answer);
        return message.length > 'Refreshing: '.length && message.length < 500 && !message.includes('\n');
      }),
      RUNS,
    );
  });

  it('grants nothing but what stands in the answer', () => {
    fc.assert(
      fc.property(object, (text) => {
        const json = JSON.parse(text) as Record<string, unknown>;
        const read = readGrant(json);
        if ('problem' in read) return true;
        const { accessToken, expiresInMs, scopes } = read.grant;
        return (
          text.includes(JSON.stringify(accessToken)) &&
          expiresInMs >= 1_000 &&
          scopes.every((scope) => text.includes(scope))
        );
      }),
      RUNS,
    );
  });

  it('believes a refusal only at 4xx, in JSON, in known words', () => {
    fc.assert(
      fc.property(call, status, headers, body, (what, code, given, text) => {
        const { kind } = classifyOAuthAnswer(what, { status: code, headers: given, body: text });
        const isDefinite = ['refused', 'client_refused', 'endpoint_removed', 'place_inactive'].includes(kind);
        return !isDefinite || (code >= 400 && code < 500 && text.startsWith('{'));
      }),
      RUNS,
    );
  });
});
