import type { SimulatedInstallation } from './installation.js';
import type { SimulatedWebhook } from './webhook.js';

/** How an app is installed. */
export interface InstallOptions {
  /** @default the only app */
  readonly appId?: string;
  /** The key pair whose client id is in the authorization link. @default the app's first */
  readonly clientId?: string;
  /** @default the app's first */
  readonly redirectUri?: string;
  /** What the customer agrees to. @default the app's scopes */
  readonly scopes?: readonly string[];
  /** Passed through to the callback. */
  readonly state?: string;
  /** Of PKCE (S256), as an authorization link passes it. @default none */
  readonly codeChallenge?: string;
  /** The plan of the app that the customer chose. @default none, as for a free app */
  readonly planId?: string;
  /** Days of a trial that the customer is on. @default none */
  readonly trialDays?: number;
}

/** How an agency user installs an app. */
export interface CompanyInstallOptions extends InstallOptions {
  /** Whether for sub-accounts in bulk. @default true for apps that target sub-accounts, else false */
  readonly bulk?: boolean;
  /** Ids of the locations that get the app; those that do not exist are added. @default all locations of the company */
  readonly locations?: readonly string[];
  /** Whether locations that are added later get the app at once. @default false */
  readonly futureLocations?: boolean;
}

/** What an install leads to. */
export interface InstallResult {
  readonly installation: SimulatedInstallation;
  /** What the backend's callback gets as `code`. */
  readonly code: string;
  /** The URL that the customer's browser is sent to. */
  readonly callbackUrl: string;
  /** The INSTALL payloads; also in `simulator.webhooks`. Nothing is sent. */
  readonly webhooks: readonly SimulatedWebhook[];
}
