import { placeOf } from '../../../lib/installation/installation-ref.js';

/** What HighLevel is like for the app. */
export const WORLDS = ['with Reconnect', 'without Reconnect'] as const;

export type WorldName = (typeof WORLDS)[number];

/** A place with the app installed. */
export interface TestPlace {
  readonly locationId: string;
  readonly companyId: string;
  /** Whether the company has the app too, so that its token can mint. */
  readonly hasCompany: boolean;
  /** Whether nobody calls for it: the refresh job alone keeps it alive. */
  readonly isQuiet: boolean;
}

const AGENCY = 'agency';

/** Who has the app: lone locations, locations that their agency installed in bulk, and of each kind one that nobody calls for. */
export const PLACES: readonly TestPlace[] = [
  ...['lone-1', 'lone-2', 'lone-3', 'lone-4', 'lone-5', 'lone-quiet'].map((locationId) => ({
    locationId,
    companyId: `agency-of-${locationId}`,
    hasCompany: false,
    isQuiet: locationId.endsWith('quiet'),
  })),
  ...['bulk-1', 'bulk-2', 'bulk-3', 'bulk-4', 'bulk-quiet'].map((locationId) => ({
    locationId,
    companyId: AGENCY,
    hasCompany: true,
    isQuiet: locationId.endsWith('quiet'),
  })),
];

/** The companies with the app. */
export const COMPANIES: readonly string[] = [AGENCY];

/** The key of a place's record. */
export const keyOf = (appId: string, ref: Parameters<typeof placeOf>[1]): string => placeOf(appId, ref).key;
