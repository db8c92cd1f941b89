import type { Mode } from '../decision/pause.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { SealingKey } from '../sealing/sealing-key.js';

/**
 * When tokens are renewed, and how trouble is paced. All durations in ms.
 * Environment: `GHL_AUTH_REFRESH_ADVISORY_WINDOW_MS` and so on.
 */
export interface RefreshOptions {
  /**
   * So long before it expires a valid token is renewed by one caller while all go on using it. At most a quarter of the token's life counts.
   * @default 3600000 (1 h)
   */
  readonly advisoryWindowMs?: number;
  /**
   * So long before it expires all callers wait for the renewal. At most a tenth of the token's life counts.
   * @default 60000 (1 min)
   */
  readonly mandatoryWindowMs?: number;
  /**
   * A token younger than this is not replaced because of a 401: the request is repeated once, a moment later, with the same token.
   * Where new tokens are rejected again and again, the age that they must have grows fourfold each time, up to a day. `0` takes
   * both away, so that every 401 rotates: for tests only.
   * @default 5000 (5 s)
   */
  readonly freshTokenMs?: number;
  /**
   * After a recovery because of a 401 in unknown words, the next such 401 starts one only when the token is several times this old.
   * @default 3600000 (1 h)
   */
  readonly unclearRejectionMs?: number;
  /**
   * The wait before the second attempt at an installation in trouble; it doubles with each further one.
   * @default 5000 (5 s)
   */
  readonly backOffBaseMs?: number;
  /**
   * The longest wait between two attempts. A `Retry-After` of HighLevel's may ask for more.
   * @default 3600000 (1 h)
   */
  readonly backOffMaxMs?: number;
  /**
   * The time between two looks at a place that HighLevel calls not active.
   * @default 21600000 (6 h)
   */
  readonly suspendedLookMs?: number;
  /**
   * The time between two tries of what HighLevel has closed for a client id (Reconnect, or a refused secret), each with one
   * installation of the whole fleet.
   * @default 3600000 (1 h)
   */
  readonly closedRungTryMs?: number;
}

/** What this process remembers. Environment: `GHL_AUTH_CACHE_MAX_ENTRIES` and so on. */
export interface CacheOptions {
  /**
   * The most installations to keep in memory.
   * @default 10000
   */
  readonly maxEntries?: number;
  /**
   * A cached credential in use that is older than this (ms) is looked up again, off the caller's path.
   * @default 60000 (1 min)
   */
  readonly lookAgainMs?: number;
  /**
   * An error of an installation is repeated for at most so long (ms) before the store is asked again.
   * @default 5000 (5 s)
   */
  readonly failureMs?: number;
}

/**
 * Leases on records, which keep two instances from doing the same work. `ttlMs`, `lookIntervalMs` and `timeouts.highLevelMs`
 * together stay below 30 s, and `ttlMs` above `timeouts.highLevelMs`. Environment: `GHL_AUTH_LEASE_TTL_MS` and so on.
 */
export interface LeaseOptions {
  /**
   * A lease has run out when its record has not changed for so long (ms).
   * @default 12000 (12 s)
   */
  readonly ttlMs?: number;
  /**
   * The time between two looks at a record that another instance holds (ms).
   * @default 250
   */
  readonly lookIntervalMs?: number;
}

/** The scheduled refresh job: renews what is due before it expires, tries again what is in trouble, tells what is untold. */
export interface JobOptions {
  /**
   * With `true` the application does not start without a scheduler (`ScheduleModule.forRoot()` among the host's imports). With
   * `false` nothing runs by itself: call `RefreshJob.runOnce()` from a job of your own. Environment: `GHL_AUTH_JOB_ENABLED`.
   * @default on where there is a scheduler; otherwise off, with a warning
   */
  readonly enabled?: boolean;
  /**
   * The time between two runs (ms), give or take a tenth. A run that is under way is not doubled. With more than 10 s, a rotation whose
   * process died, of an installation that nobody calls for, may be found too late for HighLevel to repeat its answer.
   * @default 10000 (10 s)
   */
  readonly intervalMs?: number;
  /**
   * Installations that are worked on at the same time.
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * Records that are read at a time.
   * @default 200
   */
  readonly pageSize?: number;
  /**
   * Renewals are spread over so long (ms) before the advisory window, each installation always at the same place in it. At
   * most a quarter of the token's life.
   * @default 7200000 (2 h)
   */
  readonly spreadMs?: number;
  /**
   * An installation that nobody used for so long (ms) is not renewed until it is used again: each rotation is a risk.
   * @default 604800000 (7 days)
   */
  readonly idleAfterMs?: number;
  /**
   * A refresh token is renewed at the latest at this age (ms), less up to a tenth, used or not. HighLevel keeps it for a year.
   * @default 25920000000 (300 days)
   */
  readonly maxRefreshTokenAgeMs?: number;
}

/** How tokens are sealed in the repository. Environment: `GHL_AUTH_SEALING_KEYS` and so on. */
export interface SealingOptions {
  /**
   * The keys: the first one seals, all of them open. Environment: `GHL_AUTH_SEALING_KEYS`, as `id:base64` pairs separated by blanks or
   * commas, or `GHL_AUTH_SEALING_KEYS_FILE`, a file with the same. A KMS comes in as the provider `sealingKeys`, beside the options.
   * @default none: tokens are stored unsealed, with a warning at start
   */
  readonly keys?: readonly SealingKey[];
  /**
   * Whether what is written is sealed, where there is a key. With `false` keys open only: for the first step of introducing sealing
   * while instances without the key are running, and for giving it up. Environment: `GHL_AUTH_SEALING_ENABLED`.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * With `true` the application does not start unless what it writes is sealed. Environment: `GHL_AUTH_SEALING_REQUIRED`.
   * @default false
   */
  readonly required?: boolean;
  /**
   * Whether records that are not sealed are read, as those from before sealing have to be. With `false` nobody who can write to the
   * database can plant one. Environment: `GHL_AUTH_SEALING_ACCEPT_UNSEALED`.
   * @default true
   */
  readonly acceptUnsealed?: boolean;
}

/** Time limits, in ms. Environment: `GHL_AUTH_TIMEOUTS_TOKEN_WAIT_MS` and so on. */
export interface TimeoutOptions {
  /**
   * How long a caller waits for a token (`GHL_TOKEN_WAIT_TIMEOUT`). The recovery itself goes on.
   * @default 45000 (45 s)
   */
  readonly tokenWaitMs?: number;
  /**
   * One call to HighLevel's OAuth endpoints, connecting and reading included.
   * @default 10000 (10 s)
   */
  readonly highLevelMs?: number;
  /**
   * One call of the repository, the emergency sink or the directory.
   * @default 5000 (5 s)
   */
  readonly storeMs?: number;
  /**
   * One call of the listener.
   * @default 30000 (30 s)
   */
  readonly listenerMs?: number;
  /**
   * How long a shutdown waits for recoveries under way and their writes.
   * @default 25000 (25 s)
   */
  readonly shutdownMs?: number;
}

/**
 * The options of the module. Each beats its environment variable, which beats the default; a variable whose option is
 * given is not even looked at. With `GHL_CLIENT_ID`, `GHL_CLIENT_SECRET`, `GHL_REDIRECT_URI` and `GHL_SCOPES` set, none is needed.
 */
export interface GhlAuthOptions {
  /**
   * The key pairs of the app, the one for new installations first. Keep a previous pair as long as installations that were made with it exist.
   * Environment: `GHL_CLIENT_ID` and `GHL_CLIENT_SECRET` or `GHL_CLIENT_SECRET_FILE`, for one pair.
   */
  readonly clients?: readonly ClientPair[];
  /** Where HighLevel sends the customer after authorizing: an absolute URL without a fragment. Environment: `GHL_REDIRECT_URI`. */
  readonly redirectUri?: string;
  /** The scopes that the app asks for. Environment: `GHL_SCOPES`, separated by blanks or commas. */
  readonly scopes?: readonly string[];
  /**
   * Where HighLevel's API is. `https://`, except for a simulator on this machine. Environment: `GHL_API_BASE_URL`.
   * @default 'https://services.leadconnectorhq.com'
   */
  readonly apiBaseUrl?: string;
  /**
   * Where customers authorize the app. White label: `https://marketplace.leadconnectorhq.com`. Environment: `GHL_MARKETPLACE_URL`.
   * @default 'https://marketplace.gohighlevel.com'
   */
  readonly marketplaceUrl?: string;
  /**
   * The `Version` header of API calls that name none. Environment: `GHL_API_VERSION`.
   * @default '2021-07-28'
   */
  readonly apiVersion?: string;
  /**
   * Hosts, besides the one of `apiBaseUrl`, to which tokens may be sent, as `host` or `host:port`. No wildcards. Environment: `GHL_AUTH_ALLOWED_HOSTS`, separated by blanks or commas.
   * @default []
   */
  readonly allowedHosts?: readonly string[];
  /**
   * What the module does by itself: `active` all of it; `observe` serves valid tokens and reports what it would have done, and
   * rotates, mints and reconnects nothing; `off` only serves valid tokens. Environment: `GHL_AUTH_MODE`.
   * @default 'active'
   */
  readonly mode?: Mode;
  /** When tokens are renewed, and how trouble is paced. */
  readonly refresh?: RefreshOptions;
  /** The Reconnect API. Environment: `GHL_AUTH_RECONNECT_ENABLED`. */
  readonly reconnect?: {
    /** @default true */
    readonly enabled?: boolean;
  };
  /** Minting location tokens from the company's credential. Environment: `GHL_AUTH_MINT_ENABLED`. */
  readonly mint?: {
    /** @default true */
    readonly enabled?: boolean;
  };
  /** What this process remembers. */
  readonly cache?: CacheOptions;
  /** Leases on records. */
  readonly lease?: LeaseOptions;
  /** Time limits. */
  readonly timeouts?: TimeoutOptions;
  /** The scheduled refresh job. */
  readonly job?: JobOptions;
  /** How tokens are sealed in the repository. */
  readonly sealing?: SealingOptions;
}
