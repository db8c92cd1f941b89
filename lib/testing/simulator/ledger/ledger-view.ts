import { type PlaceRef, placeKey } from '../world/place.js';
import type { LedgerEntry } from './ledger-entry.js';
import { ledgerLine } from './ledger-line.js';
import { type CrossedToken, definitelyKnown, type TwicePresented } from './presentations.js';

/** Questions to a stretch of the ledger. Every method answers entries in the order in which the requests came. */
export class LedgerView {
  /**
   * @param history everything up to the end of the stretch
   * @param from the sequence number before which the stretch does not reach
   */
  constructor(
    protected readonly history: readonly LedgerEntry[],
    private readonly from = 0,
  ) {}

  /** Every request of the stretch. */
  get entries(): readonly LedgerEntry[] {
    return this.from === 0 ? this.history : this.history.filter((entry) => entry.sequence > this.from);
  }

  /** Requests that match every field given. */
  calls(match: Partial<LedgerEntry> = {}, place?: PlaceRef): LedgerEntry[] {
    const wanted = Object.entries(match);
    const key = place && placeKey(place);
    return this.entries.filter(
      (entry) =>
        (key === undefined || entry.place === key) &&
        (place?.appId === undefined || entry.appId === place.appId) &&
        wanted.every(([field, value]) => entry[field as keyof LedgerEntry] === value),
    );
  }

  /** `POST /oauth/token`, whatever the grant and however it ended. */
  tokenCalls(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'token' }, place);
  }

  /** Exchanges of a code, however they ended. */
  exchanges(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'token', grant: 'authorization_code' }, place);
  }

  /** Presentations of a refresh token, however they ended. */
  refreshes(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'token', grant: 'refresh_token' }, place);
  }

  /** Refreshes that made a new pair at HighLevel, whether the answer arrived or not; repetitions in the grace do not count. */
  rotations(place?: PlaceRef): LedgerEntry[] {
    return this.refreshes(place).filter((entry) => entry.outcome === 'issued');
  }

  /** Refreshes that got the same refresh token again. */
  graceRepeats(place?: PlaceRef): LedgerEntry[] {
    return this.refreshes(place).filter((entry) => entry.outcome === 'repeated');
  }

  /** `POST /oauth/reconnect`, however it ended. */
  reconnects(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'reconnect' }, place);
  }

  /** Codes of Reconnect that were exchanged for a new pair: each entry is the exchange. */
  reconnections(place?: PlaceRef): LedgerEntry[] {
    const codes = new Set(this.history.flatMap((entry) => (entry.endpoint === 'reconnect' ? entry.issued : [])));
    return this.exchanges(place).filter(
      ({ outcome, presented }) => outcome === 'issued' && presented.some((code) => codes.has(code)),
    );
  }

  /** `POST /oauth/locationToken`, by the location. */
  mints(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'mint' }, place);
  }

  /** All that is called to get a credential: token, reconnect, mint. */
  credentialCalls(place?: PlaceRef): LedgerEntry[] {
    return this.calls({}, place).filter(({ endpoint }) => ['token', 'reconnect', 'mint'].includes(endpoint));
  }

  /** Calls of API resources with this place's token. */
  apiCalls(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'api' }, place);
  }

  uninstalls(place?: PlaceRef): LedgerEntry[] {
    return this.calls({ endpoint: 'uninstall' }, place);
  }

  /** Presentations of a refresh token or code after an answer had said for certain what became of it. */
  presentedTwice(): TwicePresented[] {
    return this.presentations((first) => definitelyKnown(first));
  }

  /** Presentations of a refresh token while an earlier one of the same was still unanswered. */
  overlapping(): TwicePresented[] {
    return this.presentations((first, again) => first.settled === undefined || first.settled > again.sequence, true);
  }

  /** Requests with a token or code that this simulator never made. */
  foreign(): LedgerEntry[] {
    return this.entries.filter((entry) => entry.presented.some((id) => id.startsWith('foreign#')));
  }

  /** Bearer tokens that were used for a place they are not of; a company's token for its own locations does not count. */
  crossed(): CrossedToken[] {
    return this.entries.filter(({ crossed }) => crossed).map((entry) => ({ token: entry.presented[0] ?? '', entry }));
  }

  /** One line per request, for people and for messages of failing tests; without secrets. */
  summary(): string[] {
    return this.entries.map(ledgerLine);
  }

  private presentations(
    violates: (first: LedgerEntry, again: LedgerEntry) => boolean,
    overlapping = false,
  ): TwicePresented[] {
    const firsts = new Map<string, LedgerEntry[]>();
    const found: TwicePresented[] = [];
    for (const again of this.history) {
      if (again.endpoint !== 'token') continue;
      for (const token of again.presented) {
        const earlier = firsts.get(token) ?? firsts.set(token, []).get(token) ?? [];
        const first = earlier.find(
          (one) => violates(one, again) && (overlapping || (one.settled !== undefined && one.settled < again.sequence)),
        );
        if (first && again.sequence > this.from) found.push({ token, first, again });
        earlier.push(again);
      }
    }
    return found;
  }
}
