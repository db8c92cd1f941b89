import { configInvalid } from '../config/config-problem.js';
import { PAUSE_SCOPES, type PauseScope } from '../decision/pause.js';
import { credentialOf } from '../recovery/installation-keeper.js';
import type { Engine } from '../engine.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential } from '../installation/credential.js';
import { refOf, type InstallationRef } from '../installation/installation-ref.js';
import { installationRefOf, type Rung } from '../installation/installation.js';
import type { JobProgress, JobSelection, RecoveryJobOptions } from '../jobs/job-types.js';
import type { RecoveryJob } from '../jobs/recovery-job.js';
import { pairFor } from './pair-for.js';

/** What the Reconnect API brought. */
export interface ReconnectResult {
  readonly installation: InstallationRef;
  /** The client id that HighLevel accepted for this installation. */
  readonly clientId: string;
  /** HighLevel's id of the call: what its support asks for. */
  readonly traceId: string | null;
  /** Until when the authorization code would have been valid. It has been exchanged already. */
  readonly expiresAt: Date | null;
  /** The new credential, stored. */
  readonly credential: AccessCredential;
}

/** What climbing the ladder brought. */
export interface RecoveryResult {
  readonly installation: InstallationRef;
  /** The rung that brought the credential; `none` where the stored one was another than the rejected one already, or is only seconds old. */
  readonly rung: Rung | 'none';
  readonly traceId: string | null;
  readonly credential: AccessCredential;
}

/** A pause that every instance obeys. */
export interface PauseStatus {
  readonly scope: PauseScope;
  readonly since: Date;
  /** When it ends by itself; `null`: when it is ended. */
  readonly until: Date | null;
  readonly reason: string | null;
}

/** Brings installations back without their user. */
export class ReconnectService {
  /** Made by the module. @internal */
  constructor(private readonly engine: Engine) {}

  /**
   * HighLevel's Reconnect API alone, on purpose: asks for a code, exchanges it, stores the pair. Also for an installation that the store
   * does not know, and where the API was closed when it was last tried.
   * @param options.clientId the client id that the installation was made with. @default the one that is known to work, then the others
   * @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_RECONNECT_UNAVAILABLE`, `GHL_CLIENT_REJECTED`, `GHL_GRANT_REFUSED`, `GHL_SUSPENDED`, `GHL_UNINSTALLED`,
   * `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`, `GHL_UNEXPECTED_RESPONSE`, `GHL_STORE_FAILED`, `GHL_PAUSED`
   */
  async reconnect(ref: InstallationRef, options: { readonly clientId?: string } = {}): Promise<ReconnectResult> {
    const { keeper, deliberate, settings } = this.engine;
    const place = keeper.placeOf(ref);
    if (!settings.rungs.reconnect) {
      const help = 'Set option reconnect.enabled, or GHL_AUTH_RECONNECT_ENABLED, to true.';
      throw new GhlAuthError('GHL_RECONNECT_UNAVAILABLE', 'Reconnect is switched off', {
        installation: refOf(place),
        help,
      });
    }
    const pair = options.clientId === undefined ? undefined : pairFor(this.engine, options.clientId);
    const climb = await deliberate.reconnect(place, pair);
    const credential = credentialOf(climb);
    return {
      installation: installationRefOf(climb.stored.installation),
      clientId: credential.clientId,
      traceId: climb.traceId,
      expiresAt: climb.codeExpiresAt,
      credential: accessCredentialOf(credential),
    };
  }

  /**
   * Climbs the ladder: look again, refresh, mint, reconnect.
   * @param options.rejected the id of the credential that HighLevel rejected, or its token: nothing is done if the stored one is another,
   * or only seconds old (`refresh.freshTokenMs`). Without it the stored credential counts as rejected, however old it is.
   * @throws {GhlAuthError} as `TokenService.getAccessToken`
   */
  async recover(ref: InstallationRef, options: { readonly rejected?: string } = {}): Promise<RecoveryResult> {
    const climb = await this.engine.keeper.recover(ref, options.rejected);
    return {
      installation: installationRefOf(climb.stored.installation),
      rung: climb.rung ?? 'none',
      traceId: climb.traceId,
      credential: accessCredentialOf(credentialOf(climb)),
    };
  }

  /**
   * Stops recovery on purpose, for every instance: they obey within seconds, and go on serving valid tokens. No installation changes its
   * state because of it; who needs a token that is not valid any more gets `GHL_PAUSED`. What customers do (`exchangeCode`,
   * `markUninstalled`) is not affected. Pausing what is paused already changes the end and the reason.
   * @param scope `refresh`: no refresh token is spent; `reconnect`: the Reconnect API is not called; `all`: nothing is recovered
   * @param options.reason shown in errors and logs, at most 200 characters
   * @param options.until when the pause ends by itself. @default never: {@link resume} ends it
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID` for arguments that are none, `GHL_STORE_FAILED`
   */
  async pause(
    scope: PauseScope = 'all',
    options: { readonly reason?: string; readonly until?: Date } = {},
  ): Promise<void> {
    const { gate, clock } = this.engine;
    const { reason = null, until = null } = options;
    assertScope(scope);
    if (reason !== null && (typeof reason !== 'string' || reason.length > 200))
      throw configInvalid(['pause() takes a reason of at most 200 characters']);
    if (until !== null && !(until instanceof Date && until.getTime() > clock.now()))
      throw configInvalid(['pause() takes until as a Date in the future']);
    await gate.pause(scope, reason, until?.getTime() ?? null);
  }

  /**
   * Ends a pause on every instance.
   * @param scope as in {@link pause}. @default all of them
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, `GHL_STORE_FAILED`
   */
  async resume(scope?: PauseScope): Promise<void> {
    if (scope !== undefined) assertScope(scope);
    await this.engine.gate.resume(scope);
  }

  /**
   * Begins a recovery job: every selected installation is looked after, as fast as HighLevel takes it, by all instances together. It outlives
   * this process: whoever runs the refresh job goes on with it. Over a selection that a job is under way for already, that job is answered.
   * @returns when everything that is selected has been listed; the work goes on in the background
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, `GHL_STORE_FAILED`; for a company's locations as {@link TokenService.getAccessToken}, and `GHL_SCOPE_MISSING`
   */
  async startJob(selection: JobSelection = {}, options: RecoveryJobOptions = {}): Promise<RecoveryJob> {
    return (await this.engine.jobs()).start(selection, options);
  }

  /** A recovery job by its id, whoever has begun it; `null` where there is none. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async job(id: string): Promise<RecoveryJob | null> {
    return (await this.engine.jobs()).find(id);
  }

  /** All recovery jobs, oldest first. They are kept for 30 days after their end. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async jobs(): Promise<readonly JobProgress[]> {
    return (await this.engine.jobs()).list();
  }

  /** The pauses in force, as stored. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async pauses(): Promise<readonly PauseStatus[]> {
    const inForce = await this.engine.gate.pauses();
    return inForce.map(([scope, { since, until, reason }]) => ({
      scope,
      since: new Date(since),
      until: until === null ? null : new Date(until),
      reason,
    }));
  }
}

const assertScope = (scope: PauseScope): void => {
  if (!PAUSE_SCOPES.includes(scope))
    throw configInvalid([`there is no such scope: pass one of ${PAUSE_SCOPES.join(', ')}`]);
};
