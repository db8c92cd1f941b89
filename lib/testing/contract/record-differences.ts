import type { GhlAuthRecord } from '../../storage/ghl-auth.repository.js';
import { shape } from './traced-repository.js';

/** A field that came back otherwise than it was stored. */
export interface Difference {
  readonly problem: string;
  /** What to change, where the difference itself says it. */
  readonly advice: string | null;
}

/** The fields of a record that differ from what was stored, in value or in type. */
export function differences(found: GhlAuthRecord, stored: GhlAuthRecord): readonly Difference[] {
  return (Object.keys(stored) as (keyof GhlAuthRecord)[])
    .filter((field) => !isSame(found[field], stored[field]))
    .map((field) => {
      const got: unknown = found[field];
      return {
        problem: `\`${field}\` was stored as ${shape(stored[field])} and came back as ${described(got, stored[field])}.`,
        advice: adviceFor(got, stored[field]),
      };
    });
}

function isSame(got: unknown, expected: unknown): boolean {
  if (isDate(expected)) return isDate(got) && got.getTime() === expected.getTime();
  return got === expected;
}

/** Two long texts can look alike in short: then say where they part. */
function described(got: unknown, expected: unknown): string {
  if (typeof got !== 'string' || typeof expected !== 'string' || shape(got) !== shape(expected)) return shape(got);
  let index = 0;
  while (got[index] === expected[index]) index += 1;
  return `a text that differs at character ${index}: ${shape(got.slice(index, index + 20))}, not ${shape(expected.slice(index, index + 20))}`;
}

function adviceFor(got: unknown, expected: unknown): string | null {
  if (expected === null) return got === null ? null : 'Store `null` as NULL and give it back as `null`.';
  if (typeof expected === 'number' && typeof got !== 'number') {
    return 'Give back JavaScript numbers. Drivers answer 64-bit integers as text or bigint: convert with `Number(value)`.';
  }
  if (isDate(expected)) {
    if (!isDate(got)) return 'Give back moments as `Date` objects.';
    if (Math.abs(got.getTime() - expected.getTime()) < 1000) {
      return 'Keep milliseconds: a column such as `timestamptz(3)` or `DATETIME(3)`.';
    }
    return 'Store moments with their time zone (or as UTC), so that the same moment comes back.';
  }
  if (typeof expected === 'string' && typeof got === 'string') {
    if (expected.startsWith(got))
      return 'Text was cut off: use a column without a limit (`text`, in MySQL `LONGTEXT`).';
    return 'Store text as it is: a Unicode column, not trimmed, not padded, not parsed.';
  }
  return null;
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}
