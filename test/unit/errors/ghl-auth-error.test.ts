import { inspect } from 'node:util';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ERROR_CODES, type GhlAuthErrorCode } from '../../../lib/errors/error-codes.js';
import { GhlAuthError, isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';

const CODES = Object.keys(ERROR_CODES) as GhlAuthErrorCode[];

describe('every code', () => {
  it.each(CODES)('%s says whether to try again, and what to do in a sentence', (code) => {
    const { retryable, help } = new GhlAuthError(code, 'message');
    expect(typeof retryable).toBe('boolean');
    expect(help).toMatch(/^[A-Z].{20,}\.$/);
    expect(code).toMatch(/^GHL_[A-Z]+(_[A-Z]+)*$/);
  });

  it('is one that the public face has promised', () => {
    expect(CODES).toEqual(
      expect.arrayContaining([
        ...['GHL_CONFIG_INVALID', 'GHL_REF_INVALID', 'GHL_INSTALLATION_UNKNOWN', 'GHL_UNINSTALLED', 'GHL_SUSPENDED'],
        ...['GHL_NEEDS_REAUTHORIZATION', 'GHL_RECOVERY_PENDING', 'GHL_SCOPE_MISSING', 'GHL_TOKEN_TYPE_MISMATCH'],
        ...['GHL_BODY_NOT_REPLAYABLE', 'GHL_FOREIGN_HOST', 'GHL_RECONNECT_UNAVAILABLE', 'GHL_CLIENT_REJECTED'],
        ...['GHL_UPSTREAM_UNAVAILABLE', 'GHL_RATE_LIMITED', 'GHL_UNEXPECTED_RESPONSE', 'GHL_STORE_FAILED'],
      ]),
    );
  });

  it('can be tried again exactly where nobody has to change anything first', () => {
    expect(CODES.filter((code) => !ERROR_CODES[code].retryable).sort()).toEqual([
      'GHL_CONFIG_INVALID',
      'GHL_FOREIGN_HOST',
      'GHL_GRANT_REFUSED',
      'GHL_INSTALLATION_UNKNOWN',
      'GHL_NEEDS_REAUTHORIZATION',
      'GHL_RECORD_UNREADABLE',
      'GHL_REF_INVALID',
      'GHL_REF_MISSING',
      'GHL_SCOPE_MISSING',
      'GHL_TOKEN_TYPE_MISMATCH',
      'GHL_UNINSTALLED',
    ]);
  });
});

describe('an error', () => {
  const details = {
    installation: { locationId: 'location1' },
    traceId: 'trace',
    status: 503,
    retryAt: new Date(0),
    reauthorizeUrl: 'https://marketplace.example/',
    help: 'Do this.',
    cause: new Error('cause'),
  };

  it('carries what it was given, and nothing where it was given nothing', () => {
    expect(new GhlAuthError('GHL_SUSPENDED', 'message', details)).toMatchObject({
      code: 'GHL_SUSPENDED',
      message: 'message',
      ...details,
    });
    const bare = new GhlAuthError('GHL_SUSPENDED', 'message', {
      status: undefined,
      traceId: undefined,
      cause: undefined,
    });
    expect(Object.keys(bare).sort()).toEqual(['code', 'help', 'name', 'retryable']);
    expect('cause' in bare).toBe(false);
  });

  it('is plain data as JSON, without stack and cause', () => {
    const { cause, ...rest } = details;
    expect(cause).toBeInstanceOf(Error);
    expect(JSON.parse(JSON.stringify(new GhlAuthError('GHL_SUSPENDED', 'message', details)))).toEqual({
      name: 'GhlAuthError',
      code: 'GHL_SUSPENDED',
      message: 'message',
      retryable: true,
      ...rest,
      retryAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('is readable in a log', () => {
    const shown = inspect(new GhlAuthError('GHL_SUSPENDED', 'message', details));
    for (const word of ['GhlAuthError', 'GHL_SUSPENDED', 'message', 'Do this.', 'location1', 'trace'])
      expect(shown).toContain(word);
  });
});

describe('isGhlAuthError', () => {
  let other: Error;

  beforeAll(async () => {
    jest.resetModules();
    const copy = await import('../../../lib/errors/ghl-auth-error.js');
    other = new copy.GhlAuthError('GHL_SUSPENDED', 'of another copy of the package');
  });

  it('knows its own, and those of another copy', () => {
    expect(isGhlAuthError(new GhlAuthError('GHL_SUSPENDED', ''))).toBe(true);
    expect(other instanceof GhlAuthError).toBe(true);
    expect(isGhlAuthError(other)).toBe(true);
  });

  it('tells codes apart', () => {
    expect(isGhlAuthError(other, 'GHL_SUSPENDED')).toBe(true);
    expect(isGhlAuthError(other, 'GHL_UNINSTALLED')).toBe(false);
  });

  it.each([
    undefined,
    null,
    7,
    'GHL_SUSPENDED',
    {},
    { code: 'GHL_SUSPENDED', name: 'GhlAuthError' },
    new Error('x'),
    () => 0,
  ])('does not take %p for one', (thing) => {
    expect(isGhlAuthError(thing)).toBe(false);
  });
});
