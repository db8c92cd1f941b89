import { credentialOf } from '../recovery/installation-keeper.js';
import type { Engine } from '../engine.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential } from '../installation/credential.js';
import { refOf, type InstallationRef } from '../installation/installation-ref.js';
import { installationRefOf, type Rung } from '../installation/installation.js';
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

/** Brings installations back without their user. */
export class ReconnectService {
  constructor(private readonly engine: Engine) {}

  /**
   * HighLevel's Reconnect API alone, on purpose: asks for a code, exchanges it, stores the pair. Also for an installation that the store
   * does not know, and where the API was closed when it was last tried.
   * @param options.clientId the client id that the installation was made with. @default the one that is known to work, then the others
   * @throws {GhlAuthError} `GHL_REF_INVALID`, `GHL_RECONNECT_UNAVAILABLE`, `GHL_CLIENT_REJECTED`, `GHL_GRANT_REFUSED`, `GHL_SUSPENDED`, `GHL_UNINSTALLED`,
   * `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`, `GHL_UNEXPECTED_RESPONSE`, `GHL_STORE_FAILED`
   */
  async reconnect(ref: InstallationRef, options: { readonly clientId?: string } = {}): Promise<ReconnectResult> {
    const { keeper, deliberate, reconnectRung, settings } = this.engine;
    const place = keeper.placeOf(ref);
    if (!settings.rungs.reconnect) {
      const help = 'Set option reconnect.enabled, or GHL_AUTH_RECONNECT_ENABLED, to true.';
      throw new GhlAuthError('GHL_RECONNECT_UNAVAILABLE', 'Reconnect is switched off', {
        installation: refOf(place),
        help,
      });
    }
    const pair = options.clientId === undefined ? undefined : pairFor(this.engine, options.clientId);
    const { clientId } = options;
    const climb = await deliberate.climb(place, { rung: 'reconnect', clientId }, (held) =>
      reconnectRung.climb(place, held, { pair, onPurpose: true }),
    );
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
}
