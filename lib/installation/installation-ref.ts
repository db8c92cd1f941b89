import { GhlAuthError } from '../errors/ghl-auth-error.js';

/**
 * Names one installation: a location, with its parent company where that is known, or a company.
 *
 * Ids are 1 to 64 letters, digits, `_` or `-`. A `locationId` that is present but `undefined` is refused: a company's token
 * must never be handed out because a location's id was missing from a request.
 */
export type InstallationRef =
  | { readonly locationId: string; readonly companyId?: string | undefined }
  | { readonly companyId: string; readonly locationId?: never };

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const FIX =
  'Pass { locationId }, { locationId, companyId } or { companyId }; an id is 1 to 64 letters, digits, "_" or "-".';

/** Whether it has the form of a location's or a company's id. */
export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

const refuse = (what: string): never => {
  throw new GhlAuthError('GHL_REF_INVALID', `This does not name an installation: ${what}. ${FIX}`);
};

/**
 * Checks the form of what a caller passed, and nothing else: no call, no look into the store.
 * @throws {GhlAuthError} `GHL_REF_INVALID`
 */
export function assertInstallationRef(ref: unknown): asserts ref is InstallationRef {
  if (typeof ref !== 'object' || ref === null) refuse(`it is ${ref === null ? 'null' : typeof ref}, not an object`);
  const { locationId, companyId } = ref as Record<string, unknown>;
  if ('locationId' in (ref as object) && !isId(locationId)) refuse('locationId is missing or malformed');
  if (companyId !== undefined && !isId(companyId)) refuse('companyId is malformed');
  if (locationId === undefined && companyId === undefined) refuse('it has neither locationId nor companyId');
}

/** Where an installation lives, checked: what the inner parts of the module pass around. */
export interface Place {
  readonly kind: 'location' | 'company';
  /** The location's or the company's id. */
  readonly id: string;
  /** The key of the installation's record. */
  readonly key: string;
  /** The company itself, or a location's parent where the caller named it. */
  readonly companyId: string | undefined;
}

/** A location whose parent is known. */
export type PlaceOfCompany = Place & { readonly kind: 'location'; readonly companyId: string };

export const isOfCompany = (place: Place): place is PlaceOfCompany =>
  place.kind === 'location' && place.companyId !== undefined;

/** What the keys of an app's installations begin with, and no other app's: an app id has no slash. */
export const installationPrefix = (appId: string): string => `installation/${appId}/`;

/**
 * The place that a reference names, for one app.
 * @throws {GhlAuthError} `GHL_REF_INVALID`
 */
export function placeOf(appId: string, ref: InstallationRef): Place {
  assertInstallationRef(ref);
  const kind = ref.locationId === undefined ? 'company' : 'location';
  const id = ref.locationId ?? ref.companyId;
  return { kind, id, key: `${installationPrefix(appId)}${kind}/${id}`, companyId: ref.companyId };
}

/** The reference that names a place. */
export const refOf = (place: Pick<Place, 'kind' | 'id' | 'companyId'>): InstallationRef =>
  place.kind === 'company'
    ? { companyId: place.id }
    : { locationId: place.id, ...(place.companyId ? { companyId: place.companyId } : {}) };

const KEY = /^installation\/[^/]+\/(location|company)\/([A-Za-z0-9_-]{1,64})$/;

/** The reference that names the installation of a record's key; `undefined` where it is not one of an installation. */
export function refOfKey(key: string): InstallationRef | undefined {
  const [, kind, id] = KEY.exec(key) ?? [];
  if (id === undefined) return undefined;
  return kind === 'company' ? { companyId: id } : { locationId: id };
}
