import type { Installation } from './installation.js';

/** The format that this release writes. It reads this one and older ones, and leaves newer ones untouched. */
export const INSTALLATION_FORMAT = 1;

const STATES: ReadonlySet<unknown> = new Set([
  'pending',
  'active',
  'retrying',
  'suspended',
  'needs_reauthorization',
  'uninstalled',
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isStringOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

const isCredential = (value: unknown): boolean =>
  value === null ||
  (isObject(value) &&
    typeof value['id'] === 'string' &&
    typeof value['accessToken'] === 'string' &&
    typeof value['clientId'] === 'string' &&
    isStringOrNull(value['refreshToken']) &&
    typeof value['refreshTokenRefused'] === 'boolean' &&
    Number.isFinite(value['obtainedAt']) &&
    Number.isFinite(value['expiresAt']) &&
    Array.isArray(value['scopes']));

const isInstallation = (value: unknown): value is Installation =>
  isObject(value) &&
  STATES.has(value['state']) &&
  isStringOrNull(value['locationId']) &&
  isStringOrNull(value['companyId']) &&
  (value['locationId'] !== null || value['companyId'] !== null) &&
  Number.isSafeInteger(value['generation']) &&
  Number.isFinite(value['lastUsedAt']) &&
  isCredential(value['credential']) &&
  Array.isArray(value['lineage']) &&
  Array.isArray(value['untold']) &&
  Array.isArray(value['lacking']) &&
  isObject(value['unclear']);

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
