import { describe, expect, it } from '@jest/globals';
import { classifyApiAnswer, isRepairable } from '../../../lib/decision/classify-api.js';

const said = (message: string) => JSON.stringify({ statusCode: 401, message, error: 'Unauthorized' });

describe('a 401', () => {
  it.each([
    ['Invalid JWT', 'expired'],
    ['Invalid token: access token is invalid', 'expired'],
    ['jwt expired', 'expired'],
    ['The token has expired', 'expired'],
    ['The token is not authorized for this scope.', 'scope_missing'],
    ['This authClass type is not allowed to access this scope. Please …', 'token_type_mismatch'],
    ["Token's user type mismatch!", 'token_type_mismatch'],
    ["This token's user type is not yet supported!", 'token_type_mismatch'],
    ['version header was not found.', 'version_header'],
    ['version header is invalid', 'version_header'],
    ['The token does not have access to this location.', 'no_access'],
    ['Unauthorized', 'unclear'],
    ['A text that nobody has seen', 'unclear'],
    ['', 'unclear'],
  ] as const)('"%s" is %s, in any case and family', (text, verdict) => {
    expect(classifyApiAnswer(401, said(text))).toBe(verdict);
    expect(classifyApiAnswer(401, said(text.toUpperCase()))).toBe(verdict);
    expect(classifyApiAnswer(401, JSON.stringify({ error: 'unauthorized', error_description: text }))).toBe(verdict);
    expect(classifyApiAnswer(401, text)).toBe(verdict);
    expect(isRepairable(verdict)).toBe(verdict === 'expired' || verdict === 'unclear');
  });

  it('is unclear where it is a page', () => {
    expect(classifyApiAnswer(401, '<html>Invalid JWT</html>')).toBe('unclear');
  });

  it('is read where the body was cut off', () => {
    expect(classifyApiAnswer(401, '{"message":"Invalid JWT","padding":"xxxx')).toBe('expired');
  });
});

describe('a 403', () => {
  it.each([
    ['The token does not have access to this location.', 'no_access'],
    ['This location is not accessible from this token!', 'no_access'],
    ['The token is not authorized for this scope.', 'scope_missing'],
    ['Invalid JWT', 'accepted'],
    ['Forbidden', 'accepted'],
    ['', 'accepted'],
  ])('"%s" is %s: never worth a recovery', (text, verdict) => {
    expect(classifyApiAnswer(403, said(text))).toBe(verdict);
  });
});

it.each([200, 201, 204, 301, 400, 404, 422, 429, 500, 503])('status %i says nothing against the token', (status) => {
  expect(classifyApiAnswer(status, said('Invalid JWT'))).toBe('accepted');
});
