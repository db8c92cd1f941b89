import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { messageOf, scrubError, scrubText } from '../../../lib/errors/scrub.js';

const JWT = `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.${'a1B2'.repeat(200)}.${'c3-_'.repeat(50)}`;
const UUID = 'b0a1c2d3-0000-4000-8000-c0ffee000001';

describe('a text from outside', () => {
  it.each([JWT, UUID, 'f'.repeat(40), encodeURIComponent(`${UUID}==`), Buffer.from(UUID).toString('base64')])(
    'loses %.40s',
    (secret) => {
      expect(scrubText(`refused: "${secret}", sorry`)).toBe('refused: "[removed]", sorry');
    },
  );

  it.each([
    '[{"access_token":"6i76aB_19","refresh_token":"x7"',
    "{'authorizationCode': 'P5pwX'",
    'grant_type=refresh_token&refresh_token=abc&client_secret=def',
  ])('loses what bears the name of a secret, however short the rest of it is: %s', (text) => {
    expect(scrubText(text)).not.toMatch(/6i76|x7|P5pw|abc|def/);
  });

  it('keeps ids, hosts and words', () => {
    const text = 'connect ECONNREFUSED 127.0.0.1:5432 for location ve9EPM428h8vShlRW1KT';
    expect(scrubText(text)).toBe(text);
  });

  it('stays on one line', () => {
    expect(scrubText('a\r\nb\tc\u2028d\u0085e\u001b[31m')).toBe('a b c d e [31m');
  });

  it('is short, and holds no run that is as long as a secret, whatever it was', () => {
    const runs = fc
      .array(fc.oneof(fc.string(), fc.constant(JWT), fc.constant(UUID), fc.constant('x '.repeat(4_085))))
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(runs, (text) => {
        const shown = scrubText(text);
        return shown.length <= 301 && !/[A-Za-z0-9+/=_.~%-]{24}/.test(shown);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an error from outside', () => {
  it('keeps its name, code and scrubbed message, and nothing else', () => {
    const driver = Object.assign(new TypeError(`insert failed: ${JWT}`), {
      code: '23505',
      parameters: [JWT],
      query: JWT,
      cause: new Error(JWT),
    });
    const clean = scrubError(driver);
    expect(clean).toMatchObject({ name: 'TypeError', code: '23505', message: 'insert failed: [removed]' });
    expect(Object.keys(clean).sort()).toEqual(['code', 'name']);
    expect(`${clean.stack} ${String(clean.cause)}`).not.toContain('eyJ');
  });

  it('is understood from another realm, where it is no Error of ours', () => {
    const foreign: unknown = runInNewContext('Object.assign(new RangeError("out of reach"), { code: 7 })');
    expect(foreign instanceof Error).toBe(false);
    expect(scrubError(foreign)).toMatchObject({ name: 'RangeError', message: 'out of reach', code: '7' });
  });

  it.each([
    [undefined, 'thrown: undefined'],
    [null, 'thrown: null'],
    [7, 'thrown: number'],
    [{}, 'thrown: object'],
    [{ message: 7 }, 'thrown: object'],
    ['a text', 'a text'],
    [`a text with ${UUID}`, 'a text with [removed]'],
  ])('%p is called "%s"', (thrown, message) => {
    expect(scrubError(thrown).message).toBe(message);
    expect(messageOf(thrown)).toBe(message);
  });
});
