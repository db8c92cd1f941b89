import type { GhlAuthRecord } from './ghl-auth.repository.js';

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isMomentOrNull = (value: unknown): boolean =>
  value === null || (value instanceof Date && !Number.isNaN(value.getTime()));

const describe = (value: unknown): string =>
  value === null ? 'null' : value instanceof Date ? 'an invalid Date' : typeof value;

/** Says what is wrong with something that a repository answered as a record, or `null`. Never quotes its content. */
export function recordProblem(value: unknown, key?: string): string | null {
  if (typeof value !== 'object' || value === null) return `it answered ${describe(value)} instead of a record or null`;
  const record = value as Partial<Record<keyof GhlAuthRecord, unknown>>;
  if (typeof record.key !== 'string') return `key is ${describe(record.key)}, not a string`;
  if (key !== undefined && record.key !== key)
    return 'it answered a record with another key; keys are compared byte by byte, case matters';
  if (!Number.isSafeInteger(record.version)) {
    return `version is ${describe(record.version)}, not a safe integer${typeof record.version === 'string' ? '; convert it with Number()' : ''}`;
  }
  if (!Number.isSafeInteger(record.format)) return `format is ${describe(record.format)}, not an integer`;
  if (typeof record.kind !== 'string') return `kind is ${describe(record.kind)}, not a string`;
  if (typeof record.body !== 'string') return `body is ${describe(record.body)}, not a string`;
  if (!isTextOrNull(record.group)) return `group is ${describe(record.group)}, not a string or null`;
  if (!isMomentOrNull(record.due)) return `due is ${describe(record.due)}, not a Date or null`;
  return null;
}
