import { describe, expect, it } from '@jest/globals';
import { classifyProbe } from '../../../lib/decision/classify-probe.js';

const json = (message: string): string => JSON.stringify({ statusCode: 401, message });

describe('a probe of a token', () => {
  it.each([
    [200, '{}', 'lives'],
    [401, json('Invalid JWT'), 'expired'],
    [401, json('nobody knows these words'), 'unclear'],
    [401, json('The token is not authorized for this scope.'), 'lives'],
    [401, json('version header was not found.'), 'unknown'],
    [403, json('The token does not have access to this location.'), 'lives'],
    [404, json('Not found'), 'lives'],
    [404, '<html>no such host here</html>', 'unknown'],
    [302, '', 'unknown'],
    [408, '{}', 'unknown'],
    [429, '{}', 'unknown'],
    [503, '{}', 'unknown'],
  ] as const)('that is answered with %i %s: %s', (status, body, verdict) => {
    expect(classifyProbe(status, body)).toBe(verdict);
  });
});
