import type { Mode } from '../decision/pause.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { SealingSettings } from '../sealing/key-ring.js';
import type { CacheOptions, JobOptions, LeaseOptions, RefreshOptions, TimeoutOptions } from './ghl-auth-options.js';

/** The options, checked and complete. */
export interface Settings {
  /** The app's id: the first part of its client ids. */
  readonly appId: string;
  readonly clients: readonly ClientPair[];
  readonly mode: Mode;
  readonly redirectUri: string | undefined;
  readonly scopes: readonly string[];
  /** Without a trailing slash. */
  readonly apiBaseUrl: string;
  readonly marketplaceUrl: string;
  readonly apiVersion: string;
  /** Hosts that tokens may be sent to, in lower case, the one of `apiBaseUrl` among them. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Whether the API is reached without TLS, which is for simulators on this machine only. */
  readonly isPlainHttp: boolean;
  readonly rungs: { readonly mint: boolean; readonly reconnect: boolean };
  readonly refresh: Required<RefreshOptions>;
  readonly cache: Required<CacheOptions>;
  readonly lease: Required<LeaseOptions>;
  readonly timeouts: Required<TimeoutOptions>;
  readonly job: Required<Omit<JobOptions, 'enabled'>>;
  readonly sealing: SealingSettings;
  /** `undefined`: where there is a scheduler. */
  readonly isJobEnabled: boolean | undefined;
}
