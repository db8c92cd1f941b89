import type { GhlAuthRecord } from '../ghl-auth.repository.js';
import type { SqlParameter, SqlRow } from './sql-executor.js';

interface Column {
  readonly field: keyof GhlAuthRecord;
  readonly column: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'moment';
}

/** The columns in the order of {@link recordParameters}. */
const COLUMNS: readonly Column[] = [
  { field: 'key', column: 'key', type: 'text' },
  { field: 'kind', column: 'kind', type: 'text' },
  { field: 'group', column: 'group_id', type: 'text' },
  { field: 'due', column: 'due_at', type: 'moment' },
  { field: 'version', column: 'version', type: 'bigint' },
  { field: 'format', column: 'format', type: 'integer' },
  { field: 'body', column: 'body', type: 'text' },
  { field: 'locationId', column: 'location_id', type: 'text' },
  { field: 'companyId', column: 'company_id', type: 'text' },
  { field: 'clientId', column: 'client_id', type: 'text' },
  { field: 'state', column: 'state', type: 'text' },
  { field: 'expiresAt', column: 'expires_at', type: 'moment' },
];

/** The names of all columns; the key is the first. */
export const COLUMN_NAMES: readonly string[] = COLUMNS.map(({ column }) => column);

/** For each column, the expression of its parameter `$1`, `$2`, … */
export const COLUMN_VALUES: readonly string[] = COLUMNS.map(({ type }, index) =>
  type === 'moment' ? momentParameter(index + 1) : `$${index + 1}::${type}`,
);

/** Selects a record with every column as text: what the host has set as type parsers, time zone or date style has no say. */
export const RECORD_COLUMNS = COLUMNS.map(
  ({ field, column, type }) => `${type === 'moment' ? millisecondsOf(column) : `${column}::text`} AS "${field}"`,
).join(', ');

/** A moment that is handed over as milliseconds since the epoch. */
export function momentParameter(position: number): string {
  return `to_timestamp($${position}::double precision / 1000)`;
}

/** A moment as a parameter. */
export function moment(date: Date): string {
  return String(date.getTime());
}

/** The parameters of a whole record. */
export function recordParameters(record: GhlAuthRecord): SqlParameter[] {
  return COLUMNS.map(({ field, type }) => {
    const value = record[field];
    if (value === null) return null;
    // Not `instanceof`: a Date of another realm is one too.
    return type === 'moment' ? moment(value as Date) : String(value);
  });
}

/** The record in a row of {@link RECORD_COLUMNS}. */
export function recordOf(row: SqlRow): GhlAuthRecord {
  return {
    key: text(row, 'key'),
    kind: text(row, 'kind'),
    group: nullable(row, 'group', String),
    due: nullable(row, 'due', dateOf),
    version: Number(text(row, 'version')),
    format: Number(text(row, 'format')),
    body: text(row, 'body'),
    locationId: nullable(row, 'locationId', String),
    companyId: nullable(row, 'companyId', String),
    clientId: nullable(row, 'clientId', String),
    state: nullable(row, 'state', String),
    expiresAt: nullable(row, 'expiresAt', dateOf),
  };
}

function millisecondsOf(column: string): string {
  return `round(extract(epoch FROM ${column}) * 1000)::bigint::text`;
}

function text(row: SqlRow, field: keyof GhlAuthRecord): string {
  const value = row[field];
  if (typeof value !== 'string') {
    throw new TypeError(`PostgresRepository: the driver answered ${typeof value} for "${field}", expected text.`);
  }
  return value;
}

function nullable<T>(row: SqlRow, field: keyof GhlAuthRecord, convert: (value: string) => T): T | null {
  return row[field] === null ? null : convert(text(row, field));
}

function dateOf(milliseconds: string): Date {
  return new Date(Number(milliseconds));
}
