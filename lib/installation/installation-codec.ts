import { INSTALLATION_STATES, type Installation } from './installation.js';

/** The format that this release writes. It reads this one and older ones, and leaves newer ones untouched. */
export const INSTALLATION_FORMAT = 1;

const STATES: ReadonlySet<unknown> = new Set(INSTALLATION_STATES);

const ORIGINS: ReadonlySet<unknown> = new Set(['code', 'refresh', 'mint', 'reconnect', 'import']);
const RUNGS: ReadonlySet<unknown> = new Set(['refresh', 'mint', 'reconnect']);
/** The last moment that a `Date` can hold, in either direction. */
const LAST_MOMENT = 8_640_000_000_000_000;

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isMoment: Check = (value) => Number.isFinite(value) && Math.abs(value as number) <= LAST_MOMENT;
const isCount: Check = (value) => Number.isSafeInteger(value);
const isState: Check = (value) => STATES.has(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orMissing =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const isCredential = fields({
  id: isString,
  accessToken: isString,
  clientId: isString,
  refreshToken: orNull(isString),
  refreshTokenRefused: isBoolean,
  obtainedAt: isMoment,
  expiresAt: isMoment,
  scopes: listOf(isString),
  refreshTokenIssuedAt: orMissing(isMoment),
  userType: orMissing((value) => value === 'Company' || value === 'Location'),
  origin: (value) => ORIGINS.has(value),
});

const isTrouble = fields({
  code: isString,
  message: isString,
  rung: orMissing((value) => RUNGS.has(value)),
  since: isMoment,
  at: isMoment,
  attempts: isCount,
  retryAt: orNull(isMoment),
  traceId: orMissing(isString),
  status: orMissing(Number.isFinite),
});

const isUnclear: Check = (value) =>
  isObject(value) &&
  Object.entries(value).every(
    ([rung, answer]) => RUNGS.has(rung) && fields({ text: isString, count: isCount, since: isMoment })(answer),
  );

/** For people to read only: a later release may know of other kinds, with other facts. */
const isEvent: Check = (value) =>
  fields({ at: isMoment, event: isString })(value) &&
  Object.values(value as Fields).every((fact) => fact === null || typeof fact !== 'object');

const hasEveryField = fields({
  state: isState,
  stateSince: isMoment,
  locationId: orNull(isString),
  companyId: orNull(isString),
  clientId: orNull(isString),
  generation: isCount,
  lastUsedAt: isMoment,
  credential: orNull(isCredential),
  lineage: listOf(isString),
  mark: orNull(fields({ credentialId: isString, at: isMoment, times: isCount })),
  lease: orNull(fields({ id: isString, at: isMoment })),
  trouble: orNull(isTrouble),
  unclear: isUnclear,
  rejections: isCount,
  lacking: listOf(isString),
  lookAt: orNull(isMoment),
  untold: listOf(
    fields({ id: isString, from: orNull(isState), to: isState, at: isMoment, trouble: orNull(isTrouble) }),
  ),
  traceId: orNull(isString),
  authorizedAt: orMissing(isMoment),
  history: orMissing(listOf(isEvent)),
});

/** Whole, to the last field: what is half an installation would break whoever works with it, a sweep among them. */
const isInstallation = (value: unknown): value is Installation =>
  isObject(value) && hasEveryField(value) && (value['locationId'] !== null || value['companyId'] !== null);

/** The installation as the text of a record's body. */
export const writeInstallation = (installation: Installation): string => JSON.stringify(installation);

/** @returns the installation, or `null` where the text is not one */
export function readInstallation(text: string): Installation | null {
  try {
    const value: unknown = JSON.parse(text);
    return isInstallation(value) ? value : null;
  } catch {
    return null;
  }
}
