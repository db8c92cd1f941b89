import type { GhlAuthRecordQuery } from '../ghl-auth.repository.js';
import { COLUMN_NAMES, COLUMN_VALUES, moment, momentParameter, RECORD_COLUMNS } from './record-row.js';
import type { SqlParameter } from './sql-executor.js';
import type { TableName } from './table-name.js';

/** One statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly params: readonly SqlParameter[];
}

/** The texts of the statements for one table. Each is a whole call of the repository: atomic, and one round trip. */
export interface Statements {
  readonly find: string;
  readonly insert: string;
  readonly update: string;
  readonly remove: string;
  list(query: GhlAuthRecordQuery): Statement;
}

/** Builds the statements for a table. What a change did is told by the rows that it returns. */
export function statementsFor(table: TableName): Statements {
  const assignments = COLUMN_NAMES.map((column, index) => `${column} = ${COLUMN_VALUES[index]}`).slice(1);
  return {
    find: `SELECT ${RECORD_COLUMNS} FROM ${table.quoted} WHERE key = $1::text`,
    // Only a taken key is a conflict. A unique index that the host has added is trouble, and thrown.
    insert:
      `INSERT INTO ${table.quoted} (${COLUMN_NAMES.join(', ')}) VALUES (${COLUMN_VALUES.join(', ')}) ` +
      `ON CONFLICT (key) DO NOTHING RETURNING 'saved' AS outcome`,
    update:
      `UPDATE ${table.quoted} SET ${assignments.join(', ')} ` +
      `WHERE key = $1::text AND version = $${COLUMN_NAMES.length + 1}::bigint RETURNING 'saved' AS outcome`,
    remove: `DELETE FROM ${table.quoted} WHERE key = $1::text AND version = $2::bigint RETURNING 'removed' AS outcome`,
    list: (query) => listStatement(table, query),
  };
}

/** Says only what is asked for, so that each form gets a plan of its own. */
function listStatement(table: TableName, { kind, group, dueBefore, after, limit }: GhlAuthRecordQuery): Statement {
  const params: SqlParameter[] = [kind];
  const conditions = ['kind = $1::text'];
  if (group !== undefined) conditions.push(`group_id = $${params.push(group)}::text`);
  if (dueBefore !== undefined) conditions.push(`due_at < ${momentParameter(params.push(moment(dueBefore)))}`);
  if (after !== undefined) conditions.push(`key COLLATE "C" > $${params.push(after)}::text`);
  return {
    text:
      `SELECT ${RECORD_COLUMNS} FROM ${table.quoted} WHERE ${conditions.join(' AND ')} ` +
      `ORDER BY key COLLATE "C" LIMIT $${params.push(String(limit))}::bigint`,
    params,
  };
}
