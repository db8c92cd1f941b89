import { describe, expect, it } from '@jest/globals';
import { readAnswer } from '../../../lib/decision/answer-text.js';

const read = (body: unknown) => readAnswer(JSON.stringify(body));

describe('what HighLevel says', () => {
  it('is read from message, error and error_description, in this order', () => {
    expect(read({ error_description: 'Third', error: 'Second', message: 'First' })).toMatchObject({
      said: 'first / second / third',
      shown: 'First / Second / Third',
    });
  });

  it('is read from lists of texts', () => {
    expect(read({ message: ['One', 2, 'Three', { four: 4 }] }).said).toBe('one / three');
  });

  it.each([
    'message',
    'Message',
    'MESSAGE',
    'error',
    'Error',
    'error_description',
    'errorDescription',
    'Error_Description',
  ])('is read from "%s"', (name) => {
    expect(read({ [name]: 'Invalid JWT' }).said).toBe('invalid jwt');
  });

  it.each([{}, { message: 7 }, { message: { text: 'Invalid JWT' } }, { msg: 'Invalid JWT' }])(
    'is nothing in %p',
    (body) => {
      expect(read(body)).toMatchObject({ said: '', shown: '' });
    },
  );

  it('is the text itself where that is no JSON', () => {
    expect(readAnswer('Invalid JWT')).toMatchObject({ json: null, said: 'invalid jwt', shown: 'Invalid JWT' });
  });

  it('is nothing in a page', () => {
    expect(readAnswer(' <html>Invalid JWT</html>')).toMatchObject({ json: null, said: '', shown: 'an HTML page' });
  });

  it('does not carry out what is long enough to be a secret, also where the text is cut', () => {
    const secret = 'eyJhbGciOiJSUzI1NiJ9'.repeat(60);
    const bodies = [
      JSON.stringify({ message: `refused: ${secret}` }),
      `refused: ${secret}`,
      JSON.stringify({ message: 'x '.repeat(990) + secret }),
      'x '.repeat(990) + secret,
      'x '.repeat(4_090) + secret,
    ];
    for (const body of bodies) expect(readAnswer(body).shown).not.toMatch(/eyJ/);
  });

  it('stays on one line and short', () => {
    const { shown } = read({ message: `a\nb\u2028c\u0000d${' e'.repeat(5_000)}` });
    expect(shown).toMatch(/^a b c d e/);
    expect(shown.length).toBeLessThan(310);
  });
});

describe('the traceId', () => {
  it.each(['0d1c2b3a-1111-4222-8333-444455556666', 'abc_123', '1-67891233-abcdef012345678912345678'])(
    '%s is kept',
    (traceId) => {
      expect(read({ traceId }).traceId).toBe(traceId);
      expect(read({ trace_id: traceId }).traceId).toBe(traceId);
    },
  );

  it.each(['', 'two words', 'x'.repeat(65), '<script>', 7, null, {}])('%p is not', (traceId) => {
    expect(read({ traceId }).traceId).toBeUndefined();
  });

  it('shows no piece of what may have been a token, where what was meant to be JSON is broken', () => {
    const body = '[{"authorizationCode":"aB3","companyId":"Iplz8AbCdEfGhIjKlM","error":"cut off';
    expect(readAnswer(body).shown).toBe('[{"[removed]":"aB3","companyId":"[removed]","error":"cut off');
  });
});
