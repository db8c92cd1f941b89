import type { UserType } from '../../../installation/credential.js';
import type { AuthorizationCode, IssuedToken } from './credentials.js';
import type { SimulatedApp } from './apps.js';
import type { PlaceKey } from './place.js';

/** An app in a place, as HighLevel sees it. */
export interface SimulatedInstallation {
  readonly app: SimulatedApp;
  readonly place: PlaceKey;
  readonly companyId: string;
  readonly locationId: string | undefined;
  readonly userType: UserType;
  /** The key pair's client id that it was made, or last authorized, with. */
  clientId: string;
  /** What the customer agreed to, the last time. */
  scopes: readonly string[];
  readonly userId: string;
  readonly isBulk: boolean;
  /** Whether locations that come later have the app at once (company installations). */
  readonly futureLocations: boolean;
  readonly installedAt: number;
  readonly planId: string | undefined;
  readonly trialDays: number | undefined;
  /** `false` after an uninstall; a reinstall is an installation of its own. */
  installed: boolean;
  readonly tokens: IssuedToken[];
  readonly codes: AuthorizationCode[];
}
