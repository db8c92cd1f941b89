/** Names a place: a location (with or without its company) or a company. With several apps, `appId` says whose. */
export type PlaceRef =
  | { readonly locationId: string; readonly companyId?: string | undefined; readonly appId?: string | undefined }
  | { readonly companyId: string; readonly locationId?: undefined; readonly appId?: string | undefined };

/** `location:<id>` or `company:<id>`. */
export type PlaceKey = `location:${string}` | `company:${string}`;

/** A location's id wins over its company's. */
export function placeKey(ref: PlaceRef): PlaceKey {
  return ref.locationId !== undefined ? `location:${ref.locationId}` : `company:${ref.companyId}`;
}

/** An agency. */
export interface SimulatedCompany {
  readonly companyId: string;
  readonly name: string;
  /** Its own brand in place of HighLevel's. */
  readonly whiteLabel: { readonly domain: string; readonly logoUrl: string } | undefined;
  active: boolean;
}

/** A sub-account. */
export interface SimulatedLocation {
  readonly locationId: string;
  /** Which agency it belongs to. */
  companyId: string;
  readonly name: string;
  readonly address: string;
  active: boolean;
}
