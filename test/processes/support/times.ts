/** How much faster than life everything goes that has to do with time: a grace of HighLevel's passes in 6 s. */
const FASTER = 5;

const part = (ms: number): number => Math.round(ms / FASTER);

/** The module's defaults and HighLevel's habits, a fifth as long. What takes hours in life is shorter still. */
export const TIMES = {
  graceMs: part(30_000),
  accessTokenLifetimeMs: 8_000,
  leaseTtlMs: part(12_000),
  lookIntervalMs: part(250),
  highLevelMs: part(10_000),
  storeMs: part(5_000),
  tokenWaitMs: part(45_000),
  listenerMs: part(30_000),
  shutdownMs: part(25_000),
  freshTokenMs: part(5_000),
  failureMs: part(5_000),
  lookAgainMs: 1_000,
  backOffBaseMs: 250,
  backOffMaxMs: 2_000,
  suspendedLookMs: 1_000,
  closedRungTryMs: 2_000,
  jobIntervalMs: part(10_000),
  /** For a query on the database, by the pool of the backend. */
  queryMs: part(10_000),
} as const;

/** The settings of a backend under test, as environment variables. */
export const TIME_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    GHL_AUTH_LEASE_TTL_MS: TIMES.leaseTtlMs,
    GHL_AUTH_LEASE_LOOK_INTERVAL_MS: TIMES.lookIntervalMs,
    GHL_AUTH_TIMEOUTS_HIGH_LEVEL_MS: TIMES.highLevelMs,
    GHL_AUTH_TIMEOUTS_STORE_MS: TIMES.storeMs,
    GHL_AUTH_TIMEOUTS_TOKEN_WAIT_MS: TIMES.tokenWaitMs,
    GHL_AUTH_TIMEOUTS_LISTENER_MS: TIMES.listenerMs,
    GHL_AUTH_TIMEOUTS_SHUTDOWN_MS: TIMES.shutdownMs,
    GHL_AUTH_REFRESH_FRESH_TOKEN_MS: TIMES.freshTokenMs,
    GHL_AUTH_REFRESH_BACK_OFF_BASE_MS: TIMES.backOffBaseMs,
    GHL_AUTH_REFRESH_BACK_OFF_MAX_MS: TIMES.backOffMaxMs,
    GHL_AUTH_REFRESH_SUSPENDED_LOOK_MS: TIMES.suspendedLookMs,
    GHL_AUTH_REFRESH_CLOSED_RUNG_TRY_MS: TIMES.closedRungTryMs,
    GHL_AUTH_CACHE_LOOK_AGAIN_MS: TIMES.lookAgainMs,
    GHL_AUTH_CACHE_FAILURE_MS: TIMES.failureMs,
    GHL_AUTH_JOB_INTERVAL_MS: TIMES.jobIntervalMs,
  }).map(([name, ms]) => [name, String(ms)]),
);
