import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import type { Credential, CredentialOrigin, UserType } from './credential.js';
import type { InstallationRef } from './installation-ref.js';

/**
 * What the module knows about an installation's health.
 *
 * - `pending`: known, no credential yet
 * - `active`
 * - `retrying`: trouble that says nothing about the grant; a still valid access token goes on being served
 * - `suspended`: HighLevel says that the place is not active; the credential is kept and tried again slowly
 * - `needs_reauthorization`: no way back is left without the customer
 * - `uninstalled`: a tombstone, until the customer installs again
 */
export type InstallationState =
  'pending' | 'active' | 'retrying' | 'suspended' | 'needs_reauthorization' | 'uninstalled';

/** Every state. */
export const INSTALLATION_STATES: readonly InstallationState[] = [
  'pending',
  'active',
  'retrying',
  'suspended',
  'needs_reauthorization',
  'uninstalled',
];

/** One way to recover. */
export type Rung = 'refresh' | 'mint' | 'reconnect';

/** Why an installation is not well, and when it is tried again. Without secrets. */
export interface Trouble {
  readonly code: GhlAuthErrorCode;
  readonly message: string;
  readonly rung: Rung | null;
  readonly status?: number | undefined;
  readonly traceId?: string | undefined;
  /** When it began and when it was last seen (ms since the epoch). */
  readonly since: number;
  readonly at: number;
  /** How many attempts have failed in a row. */
  readonly attempts: number;
  /** The next attempt (ms since the epoch); `null` where none will be made. */
  readonly retryAt: number | null;
}

/** A change of state that the host has to be told of. */
export interface InstallationChange {
  /** Stable: the same change told twice has the same id. */
  readonly id: string;
  readonly installation: InstallationRef;
  readonly from: InstallationState | null;
  readonly to: InstallationState;
  /** When it happened. */
  readonly at: Date;
  /** Why, unless all is well. */
  readonly code?: GhlAuthErrorCode;
  readonly reason?: string;
  readonly traceId?: string;
  /** When the next attempt will be made. */
  readonly retryAt?: Date;
  /** With `needs_reauthorization`: the page on which the customer authorizes the app again. */
  readonly reauthorizeUrl?: string;
}

/** A change as it waits in the record until the host has been told. */
export interface UntoldChange {
  readonly id: string;
  readonly from: InstallationState | null;
  readonly to: InstallationState;
  readonly at: number;
  readonly trouble: Trouble | null;
}

/** Something that happened to an installation: it got a credential, its state changed, or trouble began or became another. */
export interface InstallationEvent {
  readonly at: Date;
  readonly event: 'credential' | 'state' | 'trouble';
  /** With `credential`: how it was obtained, and which one in the store it is. */
  readonly origin?: CredentialOrigin;
  readonly generation?: number;
  /** With `state`: from which one (`null`: nothing was stored) to which. */
  readonly from?: InstallationState | null;
  readonly to?: InstallationState;
  /** With `state` and `trouble`: why, unless all is well. The reason may be cut off. */
  readonly code?: GhlAuthErrorCode;
  readonly reason?: string;
  /** HighLevel's id of the call, where it named one. */
  readonly traceId?: string;
}

/** The same as it stands in the record. */
export type PastEvent = Omit<InstallationEvent, 'at'> & { readonly at: number };

/** The stored truth about one installation: the content of a record's body, format 1. */
export interface Installation {
  readonly locationId: string | null;
  /** The company itself, or a location's parent where it is known. */
  readonly companyId: string | null;
  readonly state: InstallationState;
  readonly stateSince: number;
  /** Counts the credentials that were stored, from 1. */
  readonly generation: number;
  /** The client id that is known to work here. */
  readonly clientId: string | null;
  readonly credential: Credential | null;
  /** Ids of the latest predecessors of the credential, newest first: what a restored backup may bring back. */
  readonly lineage: readonly string[];
  /** A rotation of this credential has begun and its outcome is not stored yet. */
  readonly mark: { readonly credentialId: string; readonly at: number; readonly times: number } | null;
  /** Who is working on the record. Runs out when an observer has seen the same version for a whole time to live. */
  readonly lease: { readonly id: string; readonly at: number } | null;
  readonly trouble: Trouble | null;
  /** Equal answers of unknown meaning, by rung: they converge to a refusal over many answers and at least a day. */
  readonly unclear: Readonly<
    Partial<Record<Rung, { readonly text: string; readonly count: number; readonly since: number }>>
  >;
  /** How many credentials in a row were rejected by the API although they were new. */
  readonly rejections: number;
  /** The ways back whose absence ended the installation; when one opens, it is tried again. */
  readonly lacking: readonly ('company' | 'reconnect')[];
  /** When the sweep next looks whether one of them is there again (ms since the epoch); `null` where nothing is waited for. */
  readonly lookAt: number | null;
  readonly untold: readonly UntoldChange[];
  /** HighLevel's id of the latest Reconnect call. */
  readonly traceId: string | null;
  /** When the customer last authorized the app, by the clock of who took it in; not known where it is missing. See {@link authorizedAtOf}. */
  readonly authorizedAt?: number | null;
  /** When somebody last asked for a token, to about half a day (ms since the epoch). */
  readonly lastUsedAt: number;
  /** The latest events, newest last; none are known where it is missing. */
  readonly history?: readonly PastEvent[];
}

/** An installation as {@link TokenService} shows it after an exchange or an import. */
export interface InstallationSummary {
  readonly installation: InstallationRef;
  readonly state: InstallationState;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly userType: UserType | null;
  readonly clientId: string | null;
}

/** What is known about an installation, for people and dashboards. Without secrets. */
export interface InstallationStatus extends InstallationSummary {
  /** Since when it has been in this state. */
  readonly since: Date;
  /** Counts the credentials that were stored. */
  readonly generation: number;
  /** How the present credential was obtained, and when. */
  readonly origin: CredentialOrigin | null;
  readonly obtainedAt: Date | null;
  /** Whether there is a refresh token that has not been refused. */
  readonly refreshable: boolean;
  /** What is wrong, if anything is. */
  readonly trouble:
    | (Omit<Trouble, 'since' | 'at' | 'retryAt'> & {
        readonly since: Date;
        readonly at: Date;
        readonly retryAt: Date | null;
      })
    | null;
  /** When the record next needs attention. */
  readonly due: Date | null;
  /**
   * What happened to it: the latest 12 events, or as many as fit into 1.5 kB, newest last. Of renewals in a row only the first and the
   * latest stand here; their `generation` tells how many there were.
   */
  readonly history: readonly InstallationEvent[];
}

/** When the customer last authorized the app; `null` where that is not known. Rotations since do not change it. */
export const authorizedAtOf = ({
  authorizedAt,
  credential,
}: Pick<Installation, 'authorizedAt' | 'credential'>): number | null =>
  authorizedAt ?? (credential?.origin === 'code' ? credential.obtainedAt : null);

/** An installation of which only the place is known. */
export const pendingInstallation = (
  place: { readonly kind: 'location' | 'company'; readonly id: string; readonly companyId: string | undefined },
  now: number,
  clientId: string | null = null,
): Installation => ({
  locationId: place.kind === 'location' ? place.id : null,
  companyId: place.kind === 'company' ? place.id : (place.companyId ?? null),
  state: 'pending',
  stateSince: now,
  generation: 0,
  clientId,
  credential: null,
  lineage: [],
  mark: null,
  lease: null,
  trouble: null,
  unclear: {},
  rejections: 0,
  lacking: [],
  lookAt: null,
  untold: [],
  traceId: null,
  lastUsedAt: now,
});

/** The reference that names an installation. */
export const installationRefOf = ({
  locationId,
  companyId,
}: Pick<Installation, 'locationId' | 'companyId'>): InstallationRef =>
  locationId === null
    ? { companyId: companyId as string }
    : { locationId, ...(companyId === null ? {} : { companyId }) };
