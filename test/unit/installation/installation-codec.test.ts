import { describe, expect, it } from '@jest/globals';
import { readInstallation, writeInstallation } from '../../../lib/installation/installation-codec.js';
import { pendingInstallation } from '../../../lib/installation/installation.js';

/**
 * Fuzzing the bodies of records showed that a body without its mark, or with a change that lacked its trouble, was taken for an installation:
 * who worked with it got a TypeError, in place of the error that names the record and leaves it as it is.
 */
const whole = pendingInstallation({ kind: 'location', id: 'abc', companyId: 'def' }, 1_000);

describe('the text of an installation', () => {
  it('is read as it was written', () => expect(readInstallation(writeInstallation(whole))).toEqual(whole));

  it.each(Object.keys(whole))('is none without %s', (name) => {
    expect(readInstallation(JSON.stringify({ ...whole, [name]: undefined }))).toBeNull();
  });

  it.each<[string, object]>([
    ['a moment that no date can hold', { stateSince: 1e300 }],
    ['a change that lacks its trouble', { untold: [{ id: 'a', from: null, to: 'active', at: 1 }] }],
    ['a mark without a moment', { mark: { credentialId: 'a', times: 1 } }],
    ['a credential without its scopes', { credential: { id: 'a', accessToken: 'b' } }],
    ['an answer of a rung that there is none of', { unclear: { __proto__: null, other: {} } }],
  ])('is none with %s', (_, wrong) => {
    expect(readInstallation(JSON.stringify({ ...whole, ...wrong }))).toBeNull();
  });
});
