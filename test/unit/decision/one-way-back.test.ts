import { describe, expect, it } from '@jest/globals';
import { canMint, isOneWayBack } from '../../../lib/decision/one-way-back.js';
import type { Credential } from '../../../lib/installation/credential.js';
import type { Installation, InstallationState } from '../../../lib/installation/installation.js';
import { credential, installation } from './support/made.js';

const NONE = { mint: false, reconnect: false };

describe('an installation with one way back', () => {
  it('is one that nothing but its refresh token would bring back', () => {
    expect(isOneWayBack(installation(), NONE)).toBe(true);
    expect(isOneWayBack(installation(), { ...NONE, mint: true })).toBe(false);
    expect(isOneWayBack(installation(), { ...NONE, reconnect: true })).toBe(false);
  });

  it('is also one that has not even that, and lives only as long as its access token', () => {
    expect(isOneWayBack(installation({ credential: credential({ refreshToken: null }) }), NONE)).toBe(true);
    expect(isOneWayBack(installation({ credential: credential({ refreshTokenRefused: true }) }), NONE)).toBe(true);
  });

  it.each<[InstallationState, boolean]>([
    ['active', true],
    ['retrying', true],
    ['suspended', true],
    ['needs_reauthorization', false],
  ])('is none that has died already: %s', (state, expected) => {
    expect(isOneWayBack(installation({ state }), NONE)).toBe(expected);
  });

  it('is none that never lived, and none that is uninstalled', () => {
    expect(isOneWayBack(installation({ state: 'pending', credential: null }), NONE)).toBe(false);
    expect(isOneWayBack(installation({ state: 'uninstalled', credential: null }), NONE)).toBe(false);
  });
});

describe('a company that can mint', () => {
  const company = (given: Partial<Credential> = {}, more: Partial<Installation> = {}): Installation =>
    installation({ locationId: null, credential: credential({ userType: 'Company', ...given }), ...more });

  it('has a credential with the scope for it, or with scopes that nobody knows', () => {
    expect(canMint(company({ scopes: ['contacts.readonly', 'oauth.write'] }))).toBe(true);
    expect(canMint(company({ scopes: [] }))).toBe(true);
    expect(canMint(company({ scopes: ['contacts.readonly'] }))).toBe(false);
  });

  it('has a credential of its own, and not one of a location', () => {
    expect(canMint(company({ scopes: [], userType: null }))).toBe(true);
    expect(canMint(company({ scopes: [], userType: 'Location' }))).toBe(false);
  });

  it.each<[InstallationState, boolean]>([
    ['active', true],
    ['retrying', true],
    ['suspended', false],
    ['needs_reauthorization', false],
  ])('is well, or in trouble that says nothing about it: %s', (state, expected) => {
    expect(canMint(company({ scopes: [] }, { state }))).toBe(expected);
  });

  it('is none without a credential', () => {
    expect(canMint(company({}, { state: 'uninstalled', credential: null }))).toBe(false);
  });
});
