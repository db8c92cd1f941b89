import type { LedgerEntry } from '../simulator/ledger/ledger-entry.js';
import { ledgerLine } from '../simulator/ledger/ledger-line.js';
import type { LedgerView } from '../simulator/ledger/ledger-view.js';
import { type PlaceRef, placeKey } from '../simulator/world/place.js';
import { LedgerAssertionError } from './ledger-assertion-error.js';

/** A ledger or a stretch of one, or what has one: a simulator, a testbed. */
export type HasLedger = LedgerView | { readonly ledger: LedgerView };

/**
 * Says what has happened at HighLevel, and throws where it has not. For any test framework, or none: what is thrown is an `Error` whose
 * message says what was expected, what was seen, and the requests that matter.
 *
 * ```ts
 * assertLedger(testbed).rotatedOnce({ locationId }).noTokenPresentedTwice();
 * assertLedger(testbed.ledger.since(mark)).nothingCalledFor({ locationId });
 * ```
 */
export function assertLedger(of: HasLedger): LedgerAssertions {
  return new LedgerAssertions('ledger' in of ? of.ledger : of);
}

/** What can be said of a ledger. Every method returns its object, so that several can be said in a row. */
export class LedgerAssertions {
  constructor(private readonly view: LedgerView) {}

  /** Exactly one refresh made a new pair. Repetitions within the grace do not count, refusals neither. */
  rotatedOnce(place?: PlaceRef): this {
    return this.rotatedTimes(1, place);
  }

  /** Exactly so many refreshes made a new pair. */
  rotatedTimes(times: number, place?: PlaceRef): this {
    return this.count('rotation', times, this.view.rotations(place), place);
  }

  /** No refresh made a new pair. */
  neverRotated(place?: PlaceRef): this {
    return this.rotatedTimes(0, place);
  }

  /** Exactly one code of Reconnect was exchanged for a new pair. */
  reconnectedOnce(place?: PlaceRef): this {
    return this.reconnectedTimes(1, place);
  }

  /** Exactly so many codes of Reconnect were exchanged for new pairs. */
  reconnectedTimes(times: number, place?: PlaceRef): this {
    return this.count('reconnection', times, this.view.reconnections(place), place);
  }

  /** No code of Reconnect was exchanged. */
  neverReconnected(place?: PlaceRef): this {
    return this.reconnectedTimes(0, place);
  }

  /** Exactly one token was minted for the location. */
  mintedOnce(place?: PlaceRef): this {
    return this.mintedTimes(1, place);
  }

  /** Exactly so many tokens were minted for the location, from its company's. */
  mintedTimes(times: number, place?: PlaceRef): this {
    const minted = this.view.mints(place).filter(({ outcome }) => outcome === 'issued');
    return this.count('minted token', times, minted, place);
  }

  /** Nothing was asked for the place, nor with its token: no token call, no API call. */
  nothingCalledFor(place: PlaceRef): this {
    return this.count('request', 0, this.requestsOf(place), place);
  }

  /** Exactly so many calls of the API, however they were answered. */
  apiCalledTimes(times: number, place?: PlaceRef): this {
    return this.count('API call', times, this.view.apiCalls(place), place);
  }

  /** No refresh token and no code came again after its outcome was known: answered with a new pair, or refused as invalid. */
  noTokenPresentedTwice(): this {
    const found = this.view.presentedTwice();
    const seen = found.map(({ token, again }) => `${token} of ${again.place ?? 'nobody'} again`).join(', ');
    const shown = found.flatMap(({ first, again }) => [first, again]);
    return this.none('no refresh token or code presented again after its outcome was known', seen, shown);
  }

  /** No refresh token came while an earlier presentation of the same was still unanswered. */
  noPresentationsAtOnce(): this {
    const found = this.view.overlapping();
    const seen = found.map(({ token }) => `${token} twice at once`).join(', ');
    return this.none(
      'one presentation of a refresh token at a time',
      seen,
      found.flatMap(({ first, again }) => [first, again]),
    );
  }

  /** No token of one installation was used for another. */
  noTokenCrossed(): this {
    const found = this.view.crossed();
    const seen = found.map(({ token, entry }) => `${token} of ${entry.bearerPlace ?? 'nobody'} at another place`);
    return this.none(
      'no token of one installation used for another',
      seen.join(', '),
      found.map(({ entry }) => entry),
    );
  }

  /** No token or code came that this HighLevel never made: one of another environment, or one that was cut off. */
  noForeignToken(): this {
    const found = this.view.foreign();
    const seen = found.flatMap(({ presented }) => presented.filter((id) => id.startsWith('foreign#'))).join(', ');
    return this.none('no token that HighLevel never made', seen, found);
  }

  /** What must hold in every test: for `afterEach`. All of the above that begin with `no`. */
  keptTheRules(): this {
    return this.noTokenPresentedTwice().noPresentationsAtOnce().noTokenCrossed().noForeignToken();
  }

  private requestsOf(place: PlaceRef): readonly LedgerEntry[] {
    const key = placeKey(place);
    return this.view.entries.filter(
      (entry) =>
        (entry.place === key || entry.bearerPlace === key) &&
        (place.appId === undefined || entry.appId === place.appId),
    );
  }

  private count(what: string, times: number, counted: readonly LedgerEntry[], place: PlaceRef | undefined): this {
    if (counted.length === times) return this;
    const whose = place === undefined ? '' : ` for ${placeKey(place)}`;
    const expected = times === 0 ? `no ${what}${whose}` : `exactly ${plural(times, what)}${whose}`;
    // What did not count explains as much as what did: refusals, repetitions, losses.
    const related = place === undefined ? this.view.credentialCalls() : this.requestsOf(place);
    this.fail(
      expected,
      counted.length === 0 ? 'none' : plural(counted.length, what),
      [...related, ...counted],
      counted,
    );
  }

  private none(expected: string, seen: string, shown: readonly LedgerEntry[]): this {
    if (shown.length === 0) return this;
    this.fail(expected, seen, shown, shown);
  }

  private fail(
    expected: string,
    seen: string,
    related: readonly LedgerEntry[],
    counted: readonly LedgerEntry[],
  ): never {
    const entries = [...new Set(related)].sort((one, other) => one.sequence - other.sequence);
    const marks = new Set(counted);
    const lines = entries.map((entry) => `${marks.has(entry) ? '>' : ' '} ${ledgerLine(entry)}`);
    const others = this.view.entries.filter((entry) => !entries.includes(entry)).length;
    throw new LedgerAssertionError(expected, seen, lines, others);
  }
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
