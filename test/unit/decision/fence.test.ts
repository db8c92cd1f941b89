import { describe, expect, it } from '@jest/globals';
import { isAuthorizedSince, mayStore, mayStoreAuthorized } from '../../../lib/decision/fence.js';
import { hasGoneBackwards, writeBack } from '../../../lib/decision/reconcile.js';
import { adopt, entomb } from '../../../lib/decision/transitions.js';
import type { Installation } from '../../../lib/installation/installation.js';
import { credential, HOUR, installation, NOW, SECOND } from './support/made.js';

const first = installation({ credential: credential({ id: 'first' }) });
const next = (from: Installation, id: string, obtainedAt = NOW + HOUR) =>
  adopt(from, credential({ id, obtainedAt }), obtainedAt);
const second = next(first, 'second');
const third = next(second, 'third');
const rotated = (from: Installation, obtainedAt: number) =>
  adopt(from, credential({ id: `rotated at ${obtainedAt}`, origin: 'refresh', obtainedAt }), obtainedAt);
const pair = (id: string, obtainedAt = NOW + HOUR) => credential({ id, obtainedAt });

describe('a new pair', () => {
  it('is stored where what it was made from is still what is stored, whatever else has happened to the record', () => {
    expect(mayStore(pair('second'), first, first)).toBe(true);
    expect(
      mayStore(pair('second'), first, { ...first, state: 'needs_reauthorization', lease: { id: 'other', at: NOW } }),
    ).toBe(true);
    expect(mayStore(pair('second'), first, { ...first, state: 'retrying', mark: null })).toBe(true);
  });

  it('is dropped where a successor of the same credential is stored', () => {
    expect(mayStore(pair('late', NOW + 9 * HOUR), first, second)).toBe(false);
    expect(mayStore(pair('late', NOW + 9 * HOUR), first, third)).toBe(false);
  });

  it('is dropped at a tombstone', () => {
    expect(mayStore(pair('second'), first, entomb(first, NOW))).toBe(false);
  });

  it('is stored over a restored backup', () => {
    expect(mayStore(pair('fourth'), third, first)).toBe(true);
    // By what it was made from, not by the time: the clock of who made it may be behind.
    expect(mayStore(pair('fourth', NOW - HOUR), third, first)).toBe(true);
  });

  it('is stored where there is nothing', () => {
    expect(mayStore(pair('second'), first, installation({ credential: null }))).toBe(true);
  });

  it('is measured by age against a stranger, and only then', () => {
    const stranger = installation({ credential: credential({ id: 'stranger', obtainedAt: NOW + HOUR }) });
    expect(mayStore(pair('second', NOW + HOUR + 1), first, stranger)).toBe(true);
    expect(mayStore(pair('second', NOW + HOUR), first, stranger)).toBe(false);
    const fromNothing = installation({ credential: null, generation: 0 });
    expect(mayStore(pair('reconnected', NOW + 2 * HOUR), fromNothing, stranger)).toBe(true);
    expect(mayStore(pair('reconnected', NOW), fromNothing, stranger)).toBe(false);
  });
});

describe("a pair that the customer's own authorization stands behind", () => {
  const gone = entomb(first, NOW);
  const code = (obtainedAt: number) => credential({ id: 'authorized', origin: 'code', obtainedAt });

  it('lifts the tombstone that it was made after, and none that was put up later', () => {
    expect(mayStoreAuthorized(code(NOW + 1), first, gone, NOW + 1)).toBe(true);
    expect(mayStoreAuthorized(code(NOW), first, gone, NOW)).toBe(true);
    expect(mayStoreAuthorized(code(NOW - HOUR), gone, gone, NOW)).toBe(true);
    expect(mayStoreAuthorized(code(NOW - HOUR), first, gone, NOW)).toBe(false);
  });

  it('beats everything but a later authorization', () => {
    const by = (origin: 'code' | 'refresh') =>
      installation({ credential: credential({ origin, obtainedAt: NOW + HOUR }) });
    expect(mayStoreAuthorized(code(NOW), first, by('refresh'), NOW + HOUR)).toBe(true);
    expect(mayStoreAuthorized(code(NOW), first, by('code'), NOW + HOUR)).toBe(false);
    expect(mayStoreAuthorized(code(NOW + HOUR), first, by('code'), NOW + HOUR)).toBe(true);
    expect(mayStoreAuthorized(code(NOW), first, installation({ credential: null }), NOW)).toBe(true);
  });

  // The story: a code that was exchanged late came with a pair of its own, over what a later authorization had become by rotations.
  it('does not beat a later authorization that has been rotated since either', () => {
    const authorizedAt = (at: number) => adopt(first, credential({ id: 'later', origin: 'code', obtainedAt: at }), at);
    const found = rotated(rotated(authorizedAt(NOW + HOUR), NOW + 2 * HOUR), NOW + 3 * HOUR);
    expect(mayStoreAuthorized(code(NOW), first, found, NOW + 4 * HOUR)).toBe(false);
    expect(mayStoreAuthorized(code(NOW + HOUR), first, found, NOW + 4 * HOUR)).toBe(true);
    // It was there already when the pair came: another clock is ahead.
    expect(mayStoreAuthorized(code(NOW), found, found, NOW + 1)).toBe(true);
  });

  it('is not stored once more where it has been spent since', () => {
    const spent = next(next(first, 'authorized'), 'rotated');
    expect(mayStoreAuthorized(code(NOW + 9 * HOUR), first, spent, NOW + 9 * HOUR)).toBe(false);
  });

  it('beats an authorization that was stored before, and seems later because another clock is ahead', () => {
    const by = (obtainedAt: number) => installation({ credential: credential({ origin: 'code', obtainedAt }) });
    expect(mayStoreAuthorized(code(NOW), by(NOW + HOUR), by(NOW + HOUR), NOW + SECOND)).toBe(true);
    // While the answer was on its way, or stored since: that is later.
    expect(mayStoreAuthorized(code(NOW), by(NOW + SECOND), by(NOW + SECOND), NOW + SECOND)).toBe(false);
    expect(mayStoreAuthorized(code(NOW), gone, by(NOW + HOUR), NOW + SECOND)).toBe(false);
  });
});

describe('a store that lost something', () => {
  it.each([
    ['is missing the record', null, true],
    ['was rebuilt without a credential', installation({ credential: null, generation: 0, state: 'pending' }), true],
    ['holds a predecessor', first, true],
    ['holds the same', third, false],
    ['holds a successor', next(third, 'fourth'), false],
    ['holds a stranger', installation({ credential: credential({ id: 'stranger' }) }), false],
    ['holds a tombstone', entomb(first, NOW), false],
    ['gave the credential up on purpose', installation({ credential: null, generation: 5 }), false],
  ])('%s', (_, stored, expected) => {
    expect(hasGoneBackwards(stored, third)).toBe(expected);
  });

  it('gets its tombstone back where a backup brought the installation to life', () => {
    const gone = entomb(third, NOW + HOUR);
    expect(hasGoneBackwards(second, gone)).toBe(true);
    expect(writeBack(second, gone, NOW + 2 * HOUR)).toMatchObject({ state: 'uninstalled', credential: null });
    expect(hasGoneBackwards(gone, gone)).toBe(false);
    expect(hasGoneBackwards(next(gone, 'reinstalled'), gone)).toBe(false);
  });

  it('gets nothing back from one that holds no credential, or a tombstone', () => {
    expect(hasGoneBackwards(null, installation({ credential: null }))).toBe(false);
    expect(hasGoneBackwards(null, entomb(first, NOW))).toBe(false);
  });

  it('gets the credential back without lease and mark', () => {
    const held = { ...third, lease: { id: 'mine', at: NOW }, mark: { credentialId: 'third', at: NOW, times: 1 } };
    const { credential, generation } = held;
    const repaired = writeBack(first, held, NOW);
    expect(repaired).toMatchObject({ lease: null, mark: null, credential, generation });
    expect(hasGoneBackwards(repaired, held)).toBe(false);
  });

  it('keeps what is untold, by its own word and by that of who writes back', () => {
    const change = (id: string) => ({ id, from: null, to: 'active' as const, at: NOW, trouble: null });
    const stored = { ...first, untold: [change('one'), change('two')] };
    const held = { ...third, untold: [change('two'), change('three')] };
    expect(writeBack(stored, held, NOW).untold.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
  });

  it('has the host told of a record that was missing: nobody knows what the host has heard of it', () => {
    expect(writeBack(null, third, NOW).untold).toMatchObject([{ from: null, to: 'active', at: NOW }]);
  });
});

describe('an uninstall that the host hears of', () => {
  const asOf = NOW;
  const authorized = (id: string, obtainedAt: number) =>
    installation({ credential: credential({ id, origin: 'code', obtainedAt }) });
  const first = authorized('first', NOW - HOUR);

  it('counts, unless the customer has authorized the app again since', () => {
    expect(isAuthorizedSince(asOf, first, first, NOW)).toBe(false);
    expect(isAuthorizedSince(asOf, first, authorized('again', NOW + 1), NOW)).toBe(true);
    expect(isAuthorizedSince(NOW - 2 * HOUR, first, first, NOW)).toBe(true);
    const refreshed = installation({
      credential: credential({ id: 'second', origin: 'refresh', obtainedAt: NOW + 1 }),
    });
    expect(isAuthorizedSince(asOf, first, refreshed, NOW)).toBe(false);
  });

  it('does not count where the customer has, and it was rotated since, or a location came back with its company', () => {
    const again = adopt(first, credential({ id: 'again', origin: 'code', obtainedAt: NOW + 1 }), NOW + 1);
    expect(isAuthorizedSince(asOf, first, rotated(rotated(again, NOW + 2), NOW + 3), NOW)).toBe(true);
    const before = adopt(first, credential({ id: 'before', origin: 'code', obtainedAt: NOW - 1 }), NOW - 1);
    expect(isAuthorizedSince(asOf, first, rotated(before, NOW + 1), NOW)).toBe(false);
    const minted = credential({ id: 'minted', origin: 'mint', obtainedAt: NOW + 1 });
    const back = adopt(entomb(first, NOW), minted, NOW + 1);
    expect(isAuthorizedSince(asOf, first, rotated(back, NOW + 2), NOW)).toBe(true);
    expect(isAuthorizedSince(asOf, first, adopt(first, minted, NOW + 1), NOW)).toBe(false);
  });

  // The story: an instance whose clock is 20 s ahead had taken in an authorization; an uninstall seconds later was ignored.
  it('counts also where what was stored when it came seems to lie after it: that clock is ahead', () => {
    const ahead = authorized('ahead', NOW + 20 * SECOND);
    expect(isAuthorizedSince(asOf, ahead, ahead, NOW)).toBe(false);
    expect(isAuthorizedSince(asOf, first, ahead, NOW)).toBe(true);
  });

  it('but not where it is told late, and the customer came back meanwhile', () => {
    const ahead = authorized('ahead', NOW + HOUR);
    expect(isAuthorizedSince(NOW - HOUR, ahead, ahead, NOW)).toBe(true);
  });
});

// The story: a location was uninstalled, and came back with its agency; then a backup of before was restored. The one instance that
// remembered no more than the tombstone was first to look, and put it up again over what another one held.
describe('a tombstone that is written back', () => {
  const gone = entomb(first, NOW);
  const back = adopt(gone, credential({ id: 'back', origin: 'mint', obtainedAt: NOW + 1 }), NOW + 1);
  const again = writeBack(first, gone, NOW + HOUR);

  it('is what it was, of that moment', () => {
    expect(hasGoneBackwards(first, gone)).toBe(true);
    expect(again).toMatchObject({ state: 'uninstalled', stateSince: NOW, credential: null });
    expect(mayStoreAuthorized(pair('authorized', NOW + 1), first, again, NOW + 1)).toBe(true);
  });

  it('gives way to what had lifted it, and to nothing else', () => {
    expect(hasGoneBackwards(again, back)).toBe(true);
    expect(hasGoneBackwards(again, second)).toBe(false);
    expect(hasGoneBackwards(back, gone)).toBe(false);
  });
});
