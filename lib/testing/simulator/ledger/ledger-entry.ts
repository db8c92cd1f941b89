import type { AnswerName } from '../answers.js';
import type { PlaceKey } from '../world/place.js';

/** What a request was for. `other` is every path that does not exist and `/redirect`. */
export type LedgerEndpoint = 'token' | 'reconnect' | 'mint' | 'installedLocations' | 'uninstall' | 'api' | 'other';

/**
 * How a request ended at HighLevel: `issued` (new tokens or a code), `repeated` (the same refresh token again, within the
 * grace), `answered` (any other success), `refused` (an error of HighLevel; see `refusal`), `faulted` (a scripted fault
 * stood in for HighLevel, nothing was handled).
 */
export type LedgerOutcome = 'issued' | 'repeated' | 'answered' | 'refused' | 'faulted';

/** One request. No field holds a secret: tokens and codes appear by their short ids. */
export interface LedgerEntry {
  /** The order of what happened, over requests and deliveries. */
  readonly sequence: number;
  /** HighLevel's time, in ms since the epoch. */
  readonly time: number;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly endpoint: LedgerEndpoint;
  readonly grant: string | undefined;
  readonly appId: string | undefined;
  readonly clientId: string | undefined;
  /** Whom the call was for: of a mint the location. */
  readonly place: PlaceKey | undefined;
  /** Whose bearer token came with the call: of a mint the company. */
  readonly bearerPlace: PlaceKey | undefined;
  /** Whether the bearer token is of another place than the one that was asked for. */
  readonly crossed: boolean;
  /** Tokens and codes that came with the call, by id (`access#1`, `refresh#2`, `code#3`, `foreign#1`). */
  readonly presented: readonly string[];
  /** Tokens and codes that were made. */
  readonly issued: readonly string[];
  readonly outcome: LedgerOutcome;
  /** Which error of the catalogue was answered. */
  readonly refusal: AnswerName | undefined;
  /** The scripted fault that changed the answer or kept it from arriving. */
  readonly fault: string | undefined;
  /** Whether a test has put this answer into HighLevel's mouth. */
  readonly scripted: boolean;
  /** What the caller was answered; `undefined` where no answer arrived. */
  readonly status: number | undefined;
  /** Whether the answer went out whole: `pending` as long as it is under way. */
  readonly delivery: 'pending' | 'delivered' | 'lost';
  /** When delivery was decided, in the order of {@link sequence}. */
  readonly settled: number | undefined;
}

/** The entry as it is filled in while the request is handled. */
export type LedgerDraft = { -readonly [Field in keyof LedgerEntry]: LedgerEntry[Field] } & {
  presented: string[];
  issued: string[];
};
