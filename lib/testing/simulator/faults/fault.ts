import type { AnswerName } from '../answers.js';
import type { LedgerDraft } from '../ledger/ledger-entry.js';
import type { ParsedRequest } from '../wire.js';

/** Which requests a fault meets: all that match every field given. */
export interface FaultMatch {
  /** The exact path, a pattern, or `'oauth'` for token, reconnect and mint, `'api'` for API resources. */
  readonly path?: string | RegExp;
  readonly method?: string;
  /** Of a mint the location's. */
  readonly locationId?: string;
  readonly companyId?: string;
  readonly clientId?: string;
  readonly grantType?: 'authorization_code' | 'refresh_token';
  /** Anything else. `entry` is what the ledger knows before the request is handled. */
  readonly when?: (request: ParsedRequest, entry: Readonly<LedgerDraft>) => boolean;
}

/**
 * - `refused`: the connection does not open · `reset`: it breaks before the request is handled · `lost`: it breaks after
 *   the request was handled (a rotation is done) · `hang`: no answer ever comes, nothing is handled
 * - `notJson`, `html`, `empty`: a 200 of another kind · `truncated`: a 200 whose JSON breaks off · `huge`: several MB
 * - `withoutAccessToken`, `wrongTypes`, `errorInside`: a 200 with JSON of another meaning
 */
export type FaultKind =
  | 'refused'
  | 'reset'
  | 'lost'
  | 'hang'
  | 'notJson'
  | 'html'
  | 'empty'
  | 'truncated'
  | 'huge'
  | 'withoutAccessToken'
  | 'wrongTypes'
  | 'errorInside';

/** What goes wrong. A `delayMs` alone delays the honest answer; several faults may delay the same request. */
export interface FaultAction {
  readonly kind?: FaultKind;
  /** Answers with this status and `body` (text as it is, the rest as JSON). */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The `Retry-After` of `status`: seconds or an HTTP date. With it, `status` is 429 unless given. */
  readonly retryAfter?: number | string;
  /** An error of the catalogue, as HighLevel would send it. */
  readonly answer?: AnswerName;
  /** The size of `huge` in bytes. @default 5000000 */
  readonly bytes?: number;
  /** The answer, or the loss of it, comes so much later (ms). */
  readonly delayMs?: number;
  /** Whether HighLevel handles the request before it answers wrongly. `lost` always does; `refused` and `reset` never. @default false */
  readonly handled?: boolean;
}

/** A scripted fault. */
export interface FaultOptions {
  /** @default every request */
  readonly match?: FaultMatch;
  /** How many requests it meets. @default 1 */
  readonly times?: number | 'forever';
  readonly do: FaultKind | FaultAction;
}

/** A fault that has been set up. */
export interface FaultHandle {
  /** How many requests it has met. */
  readonly hits: number;
  /** Ends it. */
  end(): void;
}
