/** What every code says of itself. */
interface CodeFacts {
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What to do about it. */
  readonly help: string;
}

/** Every code of {@link GhlAuthError}, with what it says about trying again and what to do. */
export const ERROR_CODES = {
  GHL_CONFIG_INVALID: {
    retryable: false,
    help: 'Correct the option or environment variable that the message names, then start again.',
  },
  GHL_REF_INVALID: {
    retryable: false,
    help: 'Check where the id comes from; nothing was called.',
  },
  GHL_INSTALLATION_UNKNOWN: {
    retryable: false,
    help: 'The store holds no such installation. Let the customer install the app, provide a directory that confirms it, or call ReconnectService.reconnect().',
  },
  GHL_UNINSTALLED: {
    retryable: false,
    help: 'The app was uninstalled there. Only a new installation by the customer brings it back.',
  },
  GHL_SUSPENDED: {
    retryable: true,
    help: 'HighLevel says that the location is not active (paused or cancelled subscription). The credential is kept and tried again slowly; see retryAt.',
  },
  GHL_NEEDS_REAUTHORIZATION: {
    retryable: false,
    help: 'No way back is left without the customer. Send them the link in reauthorizeUrl.',
  },
  GHL_RECOVERY_PENDING: {
    retryable: true,
    help: 'Recovery is under way or waits for its next attempt; see retryAt and cause. Try the call again then.',
  },
  GHL_PAUSED: {
    retryable: true,
    help: 'Recovery is paused, or switched off by the mode of this instance; valid tokens go on being served. Call ReconnectService.resume(), or set mode (GHL_AUTH_MODE) to active.',
  },
  GHL_SCOPE_MISSING: {
    retryable: false,
    help: 'The customer has not consented to a scope that this call needs. Add it to the app and let the customer authorize again.',
  },
  GHL_TOKEN_TYPE_MISMATCH: {
    retryable: false,
    help: 'A company token was used where HighLevel wants a location token, or the reverse. Name the other kind of installation.',
  },
  GHL_BODY_NOT_REPLAYABLE: {
    retryable: true,
    help: 'The request was to be sent again, and its body cannot be sent twice. Make a new request, or pass ghl: { installation, body: () => newBody }.',
  },
  GHL_FOREIGN_HOST: {
    retryable: false,
    help: "A token goes only to HighLevel's own hosts. Use another HTTP client for other hosts, or add the host of your white label to allowedHosts.",
  },
  GHL_RECONNECT_UNAVAILABLE: {
    retryable: true,
    help: 'HighLevel does not offer the Reconnect API to this client id at present, or it is switched off. Other ways back are not affected.',
  },
  GHL_CLIENT_REJECTED: {
    retryable: true,
    help: 'HighLevel refused the client id and secret. Compare clients with the client keys in the marketplace portal.',
  },
  GHL_UPSTREAM_UNAVAILABLE: {
    retryable: true,
    help: 'HighLevel did not answer or answered with a server error. Nothing is lost; see retryAt.',
  },
  GHL_RATE_LIMITED: {
    retryable: true,
    help: 'HighLevel answered 429. See retryAt.',
  },
  GHL_UNEXPECTED_RESPONSE: {
    retryable: true,
    help: 'HighLevel answered in an unknown way; the stored credential is untouched. If it persists, send traceId, endpoint and time to HighLevel support.',
  },
  GHL_STORE_FAILED: {
    retryable: true,
    help: 'The repository failed; see the message and cause. Check that the database is up and that the table exists.',
  },
  GHL_RECORD_UNREADABLE: {
    retryable: false,
    help: 'The stored record was written by a newer release, or is damaged. It was left as it is. Deploy the release that wrote it.',
  },
  GHL_SEALING_FAILED: {
    retryable: true,
    help: 'The provider of the sealing keys failed; see the cause. Nothing was stored unsealed. Check that it is up and answers { id, key }.',
  },
  GHL_TOKEN_WAIT_TIMEOUT: {
    retryable: true,
    help: 'The time limit (timeouts.tokenWaitMs) passed before a token was there. The recovery goes on; try again.',
  },
  GHL_REF_MISSING: {
    retryable: false,
    help: 'Pass ghl: { locationId } or ghl: { companyId } in the request config, or ghl: false for a request without a token.',
  },
  GHL_GRANT_REFUSED: {
    retryable: false,
    help: 'HighLevel refused the code or refresh token: used, expired, or issued for another client id or redirect URI; or the app is not installed. Let the customer authorize the app again.',
  },
  GHL_SHUTTING_DOWN: {
    retryable: true,
    help: 'This instance is shutting down and begins nothing further. Another instance can.',
  },
} as const satisfies Record<string, CodeFacts>;

/** The stable, machine-readable reason of a {@link GhlAuthError}. */
export type GhlAuthErrorCode = keyof typeof ERROR_CODES;
