import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import type { InstallationRef } from '../installation/installation-ref.js';
import type { InstallationState, Rung } from '../installation/installation.js';

/** Installations that the store knows: those that everything named here is true of. With nothing named: all. */
export interface StoreSelection {
  readonly from?: 'store';
  readonly states?: readonly InstallationState[];
  /** A company's locations. */
  readonly companyId?: string;
  /** The code of what is wrong with them. */
  readonly errors?: readonly GhlAuthErrorCode[];
  /** Their credential was issued at this moment or later. */
  readonly issuedFrom?: Date;
  /** Their credential was issued before this moment. */
  readonly issuedUntil?: Date;
}

/** Installations named one by one, also such that the store has never seen: whoever names them vouches for them. */
export interface IdSelection {
  readonly from: 'ids';
  /**
   * References, or lines of text: `ID` or `location:ID` for a location, with its parent as `ID,COMPANY`; `company:ID` for a company.
   * Blanks, empty lines, line ends of Windows and lines that begin with `#` do no harm.
   */
  readonly ids: Iterable<string | InstallationRef> | AsyncIterable<string | InstallationRef>;
}

/** Everything in the host's directory. Needs `InstallationDirectory.list`. */
export interface DirectorySelection {
  readonly from: 'directory';
}

/** A company, and every location in which HighLevel says that it has the app installed (`GET /oauth/installedLocations`) [doc]. */
export interface CompanySelection {
  readonly from: 'company';
  readonly companyId: string;
}

/** Which installations a recovery job is about. */
export type JobSelection = (StoreSelection | IdSelection | DirectorySelection | CompanySelection) & {
  /** At most so many. @default all */
  readonly limit?: number;
};

/**
 * What a recovery job does with each.
 *
 * - `verify`: a probe tells whether the credential lives; if it does not, the ladder is climbed
 * - `reconnect`: HighLevel's Reconnect API, whether the credential lives or not. What becomes of older tokens is [unknown]
 * - `dry-run`: a probe, and what would be done next. Changes nothing, and calls nothing that changes anything
 */
export type JobWay = 'verify' | 'reconnect' | 'dry-run';

/** How a recovery job is run. */
export interface RecoveryJobOptions {
  /** @default 'verify' */
  readonly way?: JobWay;
  /**
   * Calls per second to HighLevel that all processes together make for it. Calls that a live caller waits for come on top, and first.
   * @default as fast as HighLevel takes them: found out, and slower after a 429
   */
  readonly callsPerSecond?: number;
  /** Installations that all processes together work on at the same time. @default 50 */
  readonly inFlight?: number;
  /** With `reconnect`: how many installations are selected. If it is another number, nothing is done. */
  readonly expect?: number;
}

/** Where a job stands. `planning`: its installations are being listed. */
export type JobState = 'planning' | 'running' | 'paused' | 'done' | 'cancelled';

/**
 * What became of an installation.
 *
 * - `healthy`: its credential lives
 * - `recovered`: it has a new one
 * - `would_try` (dry run): `rung` would be tried
 * - `waiting`: trouble that says nothing about the grant; it is tried again by itself
 * - `needs_reauthorization`, `suspended`, `uninstalled`: its state
 * - `unknown`: the store does not know it, and HighLevel has nothing for it
 * - `invalid`, `duplicate`: no id, or one that was there before
 * - `failed`: the store, the configuration or a request failed; nothing was learnt about it
 */
export type JobOutcome =
  | 'healthy'
  | 'recovered'
  | 'would_try'
  | 'waiting'
  | 'needs_reauthorization'
  | 'suspended'
  | 'uninstalled'
  | 'unknown'
  | 'invalid'
  | 'duplicate'
  | 'failed';

/** What a job has to say about one installation. Without secrets. */
export interface JobItem {
  readonly installation: InstallationRef | null;
  /** What was there instead of an id, shortened. */
  readonly text?: string;
  readonly outcome: JobOutcome;
  readonly rung: Rung | null;
  readonly code: GhlAuthErrorCode | null;
  readonly message: string | null;
  readonly status: number | null;
  /** HighLevel's id of the call: what its support asks for. */
  readonly traceId: string | null;
  readonly at: Date;
  /** How long it took (ms), with waiting for its turn. */
  readonly ms: number;
}

/** How far a job is. */
export interface JobProgress {
  readonly id: string;
  readonly state: JobState;
  readonly way: JobWay;
  /** What was selected, in words. */
  readonly selection: string;
  /** So many were selected; `null` while that is being found out. */
  readonly total: number | null;
  readonly done: number;
  readonly outcomes: Readonly<Partial<Record<JobOutcome, number>>>;
  /** Why it is paused. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}
