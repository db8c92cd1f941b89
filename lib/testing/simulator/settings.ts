import type { AnswerName, AnswerTemplate } from './answers.js';

/** Which tokens of the same installation die when something newer comes. */
export type OlderTokens = 'all' | 'refresh' | 'none';

/**
 * What `/oauth/reconnect` is to an app or a place: `available`; `removed` (400 "API endpoint has been removed" to every
 * body); `notFound` (404, no such route); `notInstalled` (says so although it is not true).
 */
export type ReconnectMode = 'available' | 'removed' | 'notFound' | 'notInstalled';

/** Lifetimes in ms. What the fact sheet calls unknown is a setting here, with the stricter reading as its default. */
export interface TokenSettings {
  /** @default 86399000 */
  accessTokenLifetimeMs: number;
  /** @default 31536000000 (365 days) */
  refreshTokenLifetimeMs: number;
  /** So long the same client id, secret and used refresh token get the same new refresh token. @default 30000 */
  graceMs: number;
  /** Whether the grace repeats the access token too, or makes another one. @default true */
  graceRepeatsAccessToken: boolean;
  /** A used refresh token after the grace: refused; refused and every token of the installation dies; or the same answer for ever. @default 'refused' */
  afterGrace: 'refused' | 'killsInstallation' | 'sameAnswer';
  /** Whether a refresh answers a new refresh token. With `false` the answer has none and the old one lives on. @default true */
  rotates: boolean;
  /** Whether a refresh kills the access tokens before it. @default false */
  refreshKillsAccessTokens: boolean;
  /** What dies when a code of the authorization page is exchanged for a place that has tokens. @default 'all' */
  authorizationKills: OlderTokens;
  /** The lifetime of the codes of the authorization page. @default 600000 */
  codeLifetimeMs: number;
  /** @default true */
  codeSingleUse: boolean;
  /** Whether the exchange of a code from the authorization page wants `redirect_uri`. @default false */
  exchangeWantsRedirectUri: boolean;
  /** @default false */
  exchangeWantsUserType: boolean;
  /**
   * What a `code_challenge` (S256) of an authorization link is worth: nobody has written down whether HighLevel knows PKCE. `ignored`, and a
   * `code_verifier` is refused as an unknown field; or `honoured`, and the code is exchanged only with its verifier. @default 'ignored'
   */
  pkce: 'ignored' | 'honoured';
  /** @default false */
  refreshWantsUserType: boolean;
  /** What a missing or wrong field gets: 422 with a list, or 400 "Missing parameter: clientId". With `Version: v3` the latter anyway. @default 422 */
  validation: 422 | 400;
  /** Names of the answer's fields. @default 'snake_case' */
  answerCase: 'snake_case' | 'camelCase';
  /** The same for calls with `Version: v3`, of which the documents say both. @default 'camelCase' */
  v3AnswerCase: 'snake_case' | 'camelCase';
  /** Sends this as `expires_in` whatever the truth is (`NaN` travels as `null`); `'missing'` leaves it out. @default 'honest' */
  expiresIn: 'honest' | 'missing' | { readonly value: unknown };
  /** Last word on the body of a successful answer of `/oauth/token` and `/oauth/locationToken`. @default as it is */
  shapeAnswer: (answer: Record<string, unknown>) => unknown;
}

/** `POST /oauth/reconnect`. */
export interface ReconnectSettings {
  /** @default 'available' */
  mode: ReconnectMode;
  /** 200 or 201. @default 200 */
  status: number;
  /** @default 60000 */
  codeLifetimeMs: number;
  /** @default true */
  codeSingleUse: boolean;
  /** Whether a new code makes the unused earlier ones of the place invalid. @default false */
  newCodeKillsEarlier: boolean;
  /** @default false */
  exchangeWantsRedirectUri: boolean;
  /** @default false */
  exchangeWantsUserType: boolean;
  /** What dies when a code of reconnect is exchanged. @default 'all' */
  kills: OlderTokens;
  /** Whether a form-encoded body is understood. @default false */
  acceptsForm: boolean;
  /** Last word on the body of a successful answer. @default as it is */
  shapeAnswer: (answer: Record<string, unknown>) => unknown;
}

/** `POST /oauth/locationToken`. */
export interface MintSettings {
  /** @default 201 */
  status: number;
  /** Whether the answer has a `refresh_token`. @default true */
  refreshToken: boolean;
  /** @default true */
  userType: boolean;
  /** @default true */
  companyId: boolean;
  /** @default 86400000 */
  lifetimeMs: number;
  /** What dies of the location's older tokens. @default 'none' */
  kills: OlderTokens;
}

/** Calls with an access token. */
export interface ApiSettings {
  /** @default ['2021-07-28', '2021-04-15', '2023-02-21', 'v3'] */
  versions: readonly string[];
  /** What a valid token of a place that is not active gets: served, or 403 "This location is not accessible …". @default 'served' */
  inactivePlace: 'served' | 'refused';
}

/** A limit on calls. */
export interface RateLimit {
  enabled: boolean;
  /** Calls in one interval. */
  max: number;
  intervalMs: number;
  /** Calls in one UTC day. */
  daily: number;
}

/** Rate limits: both are off unless enabled. */
export interface LimitSettings {
  /** Per app per place. @default off; 100 per 10000 ms, 200000 a day */
  api: RateLimit;
  /** Per client id over `/oauth/token`, `/oauth/reconnect` and `/oauth/locationToken`. @default off; 100 per 10000 ms, 200000 a day */
  oauth: RateLimit;
  /** Per client id over `/oauth/reconnect` alone. @default off; 100 per 10000 ms, 200000 a day */
  reconnect: RateLimit;
  /** Whether a call of `/oauth/*` with an access token counts among the API calls of its place, too. @default true */
  oauthCountsAsApi: boolean;
  /** The `Retry-After` of a 429: seconds, `'honest'` for what is left of the interval, `'date'` for the same as a date, or `null` for none. @default null */
  retryAfter: number | 'honest' | 'date' | null;
}

/** How the simulated HighLevel behaves. All of it can be changed at any time, also between two calls. */
export interface SimulatorSettings {
  /** Whether `Authorization` or `Version` where they do not belong is refused. `Version: v3` belongs on `/oauth/token`. @default true */
  strictHeaders: boolean;
  /** Whether the CDN refuses calls without a User-Agent. @default true */
  requireUserAgent: boolean;
  /** Whether the authorization page offers no place where the app is installed already. @default true */
  pageHidesInstalledPlaces: boolean;
  /** The style of error bodies: each as integrators have seen it, or all in one. @default 'asSeen' */
  errorFamily: 'asSeen' | 'nest' | 'oauth';
  /** Whether Nest style bodies carry a `traceId`. @default true */
  traceIds: boolean;
  /** Other answers than those of the catalogue; `body` is sent in place of the whole body (text as it is, the rest as JSON). @default {} */
  answers: Partial<Record<AnswerName, AnswerOverride>>;
  token: TokenSettings;
  reconnect: ReconnectSettings;
  mint: MintSettings;
  api: ApiSettings;
  limits: LimitSettings;
}

/** Replaces parts of an answer of the catalogue. */
export interface AnswerOverride extends Partial<AnswerTemplate> {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Settings of which any part may be given. */
export type PartialSettings = {
  readonly [Group in keyof SimulatorSettings]?: SimulatorSettings[Group] extends boolean | string
    ? SimulatorSettings[Group]
    : Group extends 'limits'
      ? {
          readonly api?: Partial<RateLimit>;
          readonly oauth?: Partial<RateLimit>;
          readonly reconnect?: Partial<RateLimit>;
          readonly oauthCountsAsApi?: boolean;
          readonly retryAfter?: LimitSettings['retryAfter'];
        }
      : Partial<SimulatorSettings[Group]>;
};

/** The defaults, with what is given in their place. */
export function makeSettings(given: PartialSettings = {}): SimulatorSettings {
  const limit = { enabled: false, max: 100, intervalMs: 10_000, daily: 200_000 };
  return {
    strictHeaders: given.strictHeaders ?? true,
    requireUserAgent: given.requireUserAgent ?? true,
    pageHidesInstalledPlaces: given.pageHidesInstalledPlaces ?? true,
    errorFamily: given.errorFamily ?? 'asSeen',
    traceIds: given.traceIds ?? true,
    answers: { ...given.answers },
    token: {
      accessTokenLifetimeMs: 86_399_000,
      refreshTokenLifetimeMs: 365 * 86_400_000,
      graceMs: 30_000,
      graceRepeatsAccessToken: true,
      afterGrace: 'refused',
      rotates: true,
      refreshKillsAccessTokens: false,
      authorizationKills: 'all',
      codeLifetimeMs: 600_000,
      codeSingleUse: true,
      exchangeWantsRedirectUri: false,
      exchangeWantsUserType: false,
      pkce: 'ignored',
      refreshWantsUserType: false,
      validation: 422,
      answerCase: 'snake_case',
      v3AnswerCase: 'camelCase',
      expiresIn: 'honest',
      shapeAnswer: (answer) => answer,
      ...given.token,
    },
    reconnect: {
      mode: 'available',
      status: 200,
      codeLifetimeMs: 60_000,
      codeSingleUse: true,
      newCodeKillsEarlier: false,
      exchangeWantsRedirectUri: false,
      exchangeWantsUserType: false,
      kills: 'all',
      acceptsForm: false,
      shapeAnswer: (answer) => answer,
      ...given.reconnect,
    },
    mint: {
      status: 201,
      refreshToken: true,
      userType: true,
      companyId: true,
      lifetimeMs: 86_400_000,
      kills: 'none',
      ...given.mint,
    },
    api: { versions: ['2021-07-28', '2021-04-15', '2023-02-21', 'v3'], inactivePlace: 'served', ...given.api },
    limits: {
      retryAfter: given.limits?.retryAfter ?? null,
      oauthCountsAsApi: given.limits?.oauthCountsAsApi ?? true,
      api: { ...limit, ...given.limits?.api },
      oauth: { ...limit, ...given.limits?.oauth },
      reconnect: { ...limit, ...given.limits?.reconnect },
    },
  };
}
