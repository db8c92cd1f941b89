import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { PlaceKey } from '../../../lib/testing/simulator/world/place.js';

/** The places of every history: two locations on their own, and an agency that installed the app in bulk for two more. */
export const PLACES = ['clinic', 'studio', 'agency', 'salon', 'spa'] as const;
export type PlaceName = (typeof PLACES)[number];

/** Which of them the agency brings along. */
export const OF_AGENCY: ReadonlySet<PlaceName> = new Set(['salon', 'spa']);

/** One of the places, and what the host knows of its customer. */
export interface Cast {
  readonly name: PlaceName;
  readonly ref: InstallationRef;
  /** As HighLevel's ledger names it. */
  readonly placeKey: PlaceKey;
  /** As the store names it. */
  readonly key: string;
  /** Whether HighLevel has the app installed there. */
  isInstalled: boolean;
  /** Whether a location of the agency was installed by a user of its own. */
  isOnItsOwn: boolean;
  /** Whether the host has taken in the latest that it heard of the customer: an authorization, or an uninstall. */
  isTakenIn: boolean;
  /** When the customer last did something, on HighLevel's clock. */
  actedAt: number;
}
