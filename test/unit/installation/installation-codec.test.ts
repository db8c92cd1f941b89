import { describe, expect, it } from '@jest/globals';
import { readInstallation, writeInstallation } from '../../../lib/installation/installation-codec.js';
import { pendingInstallation } from '../../../lib/installation/installation.js';

/**
 * Fuzzing the bodies of records showed that a body without its mark, or with a change that lacked its trouble, was taken for an installation:
 * who worked with it got a TypeError, in place of the error that names the record and leaves it as it is.
 */
const whole = pendingInstallation({ kind: 'location', id: 'abc', companyId: 'def' }, 1_000);

const credential = {
  ...{ id: 'a', accessToken: 'b', refreshToken: 'c', refreshTokenRefused: false, refreshTokenIssuedAt: 1 },
  ...{ obtainedAt: 1, expiresAt: 2, scopes: [], userType: 'Location', clientId: 'd', origin: 'code' },
} as const;
const trouble = {
  ...{ code: 'GHL_UPSTREAM_UNAVAILABLE', message: 'no answer', rung: 'refresh' },
  ...{ since: 1, at: 1, attempts: 1, retryAt: null },
} as const;

describe('the text of an installation', () => {
  it('is read as it was written', () => expect(readInstallation(writeInstallation(whole))).toEqual(whole));

  it('is read also with a credential and with trouble', () => {
    const full = { ...whole, credential, trouble };
    expect(readInstallation(JSON.stringify(full))).toEqual(full);
  });

  it.each(Object.keys(whole))('is none without %s', (name) => {
    expect(readInstallation(JSON.stringify({ ...whole, [name]: undefined }))).toBeNull();
  });

  it.each<[string, object]>([
    ['a moment that no date can hold', { stateSince: 1e300 }],
    ['a change that lacks its trouble', { untold: [{ id: 'a', from: null, to: 'active', at: 1 }] }],
    ['a mark without a moment', { mark: { credentialId: 'a', times: 1 } }],
    ['a credential without its scopes', { credential: { id: 'a', accessToken: 'b' } }],
    ['a credential of an origin that there is none of', { credential: { ...credential, origin: 'gift' } }],
    ['a credential for neither an agency nor a sub-account', { credential: { ...credential, userType: 'User' } }],
    ['trouble at a rung that there is none of', { trouble: { ...trouble, rung: 'pray' } }],
    ['an answer of a rung that there is none of', { unclear: { __proto__: null, other: {} } }],
  ])('is none with %s', (_, wrong) => {
    expect(readInstallation(JSON.stringify({ ...whole, ...wrong }))).toBeNull();
  });
});
