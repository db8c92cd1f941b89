import { configInvalid } from '../config/config-problem.js';
import type { Observable } from 'rxjs';
import { classifyApiAnswer } from '../decision/classify-api.js';
import { USABLE, type Demand } from '../decision/demand.js';
import type { Engine } from '../engine.js';
import { credentialOf } from '../recovery/installation-keeper.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import {
  accessCredentialOf,
  idOfTokens,
  type AccessCredential,
  type Credential,
  type UserType,
} from '../installation/credential.js';
import { isOfCompany, refOf, type InstallationRef } from '../installation/installation-ref.js';
import type {
  Installation,
  InstallationChange,
  InstallationState,
  InstallationStatus,
  InstallationSummary,
} from '../installation/installation.js';
import { pairFor } from './pair-for.js';
import { statusOf, summaryOf } from './installation-views.js';

/** How a caller waits for a token. */
export interface GetTokenOptions {
  /** Ends the waiting, not the recovery. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * The token must stay valid for at least so long (ms). No more counts than a new token has before its advisory window.
   * @default 0
   */
  readonly minValidityMs?: number;
}

/** Tokens that were obtained elsewhere, to be taken over by this module. */
export interface ImportedTokens {
  readonly accessToken: string;
  /** Works once: nobody else may present it any more. */
  readonly refreshToken?: string;
  readonly expiresAt: Date;
  readonly scopes?: readonly string[];
  /** @default 'Location' for a location, 'Company' for a company */
  readonly userType?: UserType;
  /**
   * The client id that the tokens were issued to.
   * @default the first of `clients`
   */
  readonly clientId?: string;
}

/** Which installations to list. */
export interface ListQuery {
  /** Only the locations of this company. */
  readonly companyId?: string;
  readonly state?: InstallationState;
  /**
   * Only what dies at its next loss, since no more than its refresh token is left: no company that can mint for it, and Reconnect switched
   * off or removed for its client id, as far as HighLevel has said.
   * @default false
   */
  readonly oneWayBack?: boolean;
}

/** Access tokens of installations, kept valid. Inject it wherever HighLevel is called. */
export class TokenService {
  /** Made by the module. @internal */
  constructor(private readonly engine: Engine) {}

  /** Every change of an installation's state that this process made. For watching only; to be told reliably provide a `listener`. */
  get changes$(): Observable<InstallationChange> {
    return this.engine.teller.changes$;
  }

  /**
   * A valid access token. Served from memory where it can be; otherwise renewed or recovered first, once for all who ask.
   * @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_INSTALLATION_UNKNOWN`, `GHL_UNINSTALLED`, `GHL_SUSPENDED`, `GHL_NEEDS_REAUTHORIZATION`,
   * `GHL_RECOVERY_PENDING`, `GHL_PAUSED`, `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`, `GHL_UNEXPECTED_RESPONSE`, `GHL_CLIENT_REJECTED`,
   * `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE`, `GHL_TOKEN_WAIT_TIMEOUT`, `GHL_SHUTTING_DOWN`
   */
  async getAccessToken(ref: InstallationRef, options?: GetTokenOptions): Promise<string> {
    // No `await` here: a function that could be suspended costs twice as much memory, each call.
    return (ref ? this.engine.keeper.tokenAtHand(ref, options?.minValidityMs) : null) ?? this.obtainToken(ref, options);
  }

  /** The same with its expiry, scopes and id. Never with the refresh token. @throws {GhlAuthError} as {@link getAccessToken} */
  async getCredential(ref: InstallationRef, options?: GetTokenOptions): Promise<AccessCredential> {
    return (ref ? this.engine.keeper.atHand(ref, options?.minValidityMs) : null) ?? this.obtain(ref, options);
  }

  /**
   * Runs work that sends the token itself (fetch, an SDK, a queue worker). If the work fails because HighLevel rejected the token, the
   * installation is recovered and the work runs once more, so it must be safe to run twice.
   * @param options.isRejected whether an error means that the token was rejected. @default a 401 in `status` or `response.status` whose text a new token can repair
   * @throws what `fn` throws; {@link GhlAuthError} where no token can be had
   */
  async withAccessToken<T>(
    ref: InstallationRef,
    fn: (token: string) => Promise<T>,
    options: { readonly isRejected?: (error: unknown) => boolean; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const credential = await this.getCredential(ref, options);
    try {
      return await fn(credential.token);
    } catch (error) {
      const verdict =
        options.isRejected === undefined ? verdictOf(error) : options.isRejected(error) ? 'expired' : null;
      if (verdict === null) throw error;
      const { keeper } = this.engine;
      const next = await keeper
        .afterRejection(keeper.placeOf(ref), credential, verdict, options)
        .catch((failure: unknown) => {
          if (isGhlAuthError(failure, 'GHL_PAUSED')) return null;
          throw failure;
        });
      if (next === null) throw error;
      return fn(next.token);
    }
  }

  /**
   * Exchanges the authorization code that HighLevel sent to the redirect URI, and stores the installation.
   * @param options.clientId the client id that the customer authorized. @default the first of `clients`
   * @param options.redirectUri @default the module's `redirectUri`
   * @param options.userType sent along if given
   * @throws {GhlAuthError} `GHL_GRANT_REFUSED`, `GHL_CLIENT_REJECTED`, `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`, `GHL_UNEXPECTED_RESPONSE`, `GHL_STORE_FAILED`,
   * `GHL_UNINSTALLED`: the customer has removed the app since; `GHL_SHUTTING_DOWN`: the code was not presented, another instance can still exchange it
   */
  async exchangeCode(
    code: string,
    options: { readonly clientId?: string; readonly redirectUri?: string; readonly userType?: UserType } = {},
  ): Promise<InstallationSummary> {
    if (typeof code !== 'string' || code === '' || code.length > 4_096)
      throw new GhlAuthError('GHL_GRANT_REFUSED', 'There is no authorization code to exchange');
    const pair = pairFor(this.engine, options.clientId);
    const redirectUri = options.redirectUri ?? this.engine.settings.redirectUri;
    return summaryOf(
      (await this.engine.authorizations.exchange(pair, code, { redirectUri, userType: options.userType })).installation,
    );
  }

  /** Takes over tokens that another library or an older backend obtained. Safe to repeat: tokens that have been rotated since, or whose place has been uninstalled (`state`), are not taken over again. @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_CONFIG_INVALID`, `GHL_STORE_FAILED`, `GHL_SHUTTING_DOWN` */
  async importTokens(ref: InstallationRef, tokens: ImportedTokens): Promise<InstallationSummary> {
    const place = this.engine.keeper.placeOf(ref);
    const credential = importedCredential(
      tokens,
      place.kind,
      pairFor(this.engine, tokens.clientId).clientId,
      this.engine.clock.now(),
    );
    return summaryOf(
      (await this.engine.authorizations.importTokens(place, place.companyId ?? null, credential)).installation,
    );
  }

  /**
   * Renews the credential now, by the first rung of the ladder that can.
   * @param options.rejected the id of the credential that HighLevel rejected, or its token: nothing is done if the stored one is another
   * @throws {GhlAuthError} as {@link getAccessToken}
   */
  async refresh(ref: InstallationRef, options: { readonly rejected?: string } = {}): Promise<AccessCredential> {
    return accessCredentialOf(credentialOf(await this.engine.keeper.recover(ref, options.rejected)));
  }

  /**
   * Mints a token for a location from its company's credential, and stores it: for a location that a bulk installation
   * covers. Call it when the INSTALL of such a location arrives. It also lifts the tombstone of a location that was uninstalled before:
   * that HighLevel mints for it says that the app is installed there again.
   * @throws {GhlAuthError} as {@link getAccessToken}, of the company too; `GHL_SCOPE_MISSING`, `GHL_TOKEN_TYPE_MISMATCH`
   */
  async mintLocationToken(ref: { readonly companyId: string; readonly locationId: string }): Promise<AccessCredential> {
    const { keeper, deliberate } = this.engine;
    const place = keeper.placeOf(ref);
    if (!isOfCompany(place))
      throw new GhlAuthError('GHL_REF_INVALID', 'mintLocationToken() needs both locationId and companyId');
    return accessCredentialOf(credentialOf(await deliberate.mint(place)));
  }

  /** What is known about an installation, from the store. No call to HighLevel. @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_INSTALLATION_UNKNOWN`, `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE` */
  async status(ref: InstallationRef): Promise<InstallationStatus> {
    const place = this.engine.keeper.placeOf(ref);
    const stored = await this.engine.registry.find(place.key);
    if (stored !== null) return statusOf(stored.installation, this.engine.dueOf(stored));
    throw new GhlAuthError('GHL_INSTALLATION_UNKNOWN', `No installation is known for ${place.kind} ${place.id}`, {
      installation: refOf(place),
    });
  }

  /**
   * What is stored, one installation after the other, companies first: read page by page as it is iterated, so that any number of
   * installations takes little memory. No call to HighLevel. Records that cannot be read are passed over, with a line in the log.
   * @throws {GhlAuthError} `GHL_REF_INVALID`, also for a `companyId` that is `undefined`; `GHL_STORE_FAILED`
   */
  async *list(query: ListQuery = {}): AsyncGenerator<InstallationStatus, void, void> {
    const { keeper, store, settings } = this.engine;
    const company = 'companyId' in query ? { companyId: keeper.placeOf({ companyId: query.companyId }).id } : {};
    const { state, oneWayBack } = query;
    const isOneWayBack = oneWayBack ? await this.oneWayBack() : null;
    for await (const page of store.pages({ ...company, limit: settings.job.pageSize })) {
      for (const stored of page) {
        const { installation } = stored;
        if (state !== undefined && installation.state !== state) continue;
        if (isOneWayBack !== null && !(await isOneWayBack(installation))) continue;
        yield statusOf(installation, this.engine.dueOf(stored));
      }
    }
  }

  /**
   * Call it when HighLevel's UNINSTALL webhook arrives: the credential is deleted and a tombstone left, which no late answer lifts,
   * only a new installation. A company takes its locations with it.
   * @param options.at when it was uninstalled, such as the webhook's `timestamp`: what the customer has authorized since then stays,
   * so that an event that is delivered late, or once more, removes nothing newer. @default now
   * @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_CONFIG_INVALID` for an `at` that is no date, `GHL_STORE_FAILED`, `GHL_SHUTTING_DOWN`
   */
  async markUninstalled(ref: InstallationRef, options: { readonly at?: Date } = {}): Promise<void> {
    const { authorizations, keeper, clock } = this.engine;
    const place = keeper.placeOf(ref);
    const at = options.at?.getTime() ?? clock.now();
    if (!Number.isFinite(at)) throw configInvalid(['markUninstalled() takes at as a valid Date']);
    await authorizations.uninstall(place, Math.min(at, clock.now()));
  }

  /** The page on which a customer installs the app. @param options.state comes back to the redirect URI unchanged: check it there */
  authorizationUrl(options: { readonly state?: string; readonly clientId?: string } = {}): string {
    return this.engine.linkFor({ clientId: pairFor(this.engine, options.clientId).clientId }, options.state);
  }

  /** Loaded when it is asked for. */
  private async oneWayBack(): Promise<(installation: Installation) => Promise<boolean>> {
    const { oneWayBackFinder } = await import('../recovery/one-way-back-finder.js');
    return oneWayBackFinder(this.engine);
  }

  private async obtainToken(ref: InstallationRef, options?: GetTokenOptions): Promise<string> {
    return (await this.obtain(ref, options)).token;
  }

  private async obtain(ref: InstallationRef, options: GetTokenOptions = {}): Promise<AccessCredential> {
    const place = this.engine.keeper.placeOf(ref);
    const demand: Demand = options.minValidityMs ? { need: 'usable', minValidityMs: options.minValidityMs } : USABLE;
    return accessCredentialOf(await this.engine.keeper.obtain(place, demand, options));
  }
}

const verdictOf = (error: unknown): 'expired' | 'unclear' | null => {
  const { status, response } = (error ?? {}) as { status?: unknown; response?: { status?: unknown; data?: unknown } };
  const code = response?.status ?? status;
  if (code !== 401) return null;
  const data = response?.data;
  const verdict = classifyApiAnswer(
    401,
    typeof data === 'string' ? data : data === undefined ? '' : JSON.stringify(data),
  );
  return verdict === 'expired' || verdict === 'unclear' ? verdict : null;
};

const importedCredential = (
  tokens: ImportedTokens,
  kind: 'location' | 'company',
  clientId: string,
  now: number,
): Credential => {
  const { accessToken, refreshToken, expiresAt } = tokens;
  if (typeof accessToken !== 'string' || accessToken === '')
    throw new GhlAuthError('GHL_CONFIG_INVALID', 'importTokens() needs accessToken');
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime()))
    throw new GhlAuthError('GHL_CONFIG_INVALID', 'importTokens() needs expiresAt, a Date');
  const own = {
    accessToken,
    refreshToken: refreshToken ?? null,
    userType: tokens.userType ?? (kind === 'company' ? 'Company' : 'Location'),
    clientId,
  } as const;
  return {
    ...own,
    id: idOfTokens(own),
    refreshTokenRefused: false,
    refreshTokenIssuedAt: refreshToken === undefined ? null : now,
    obtainedAt: now,
    expiresAt: expiresAt.getTime(),
    scopes: tokens.scopes ?? [],
    origin: 'import',
  };
};
