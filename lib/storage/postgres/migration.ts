import { layoutStatements, SCHEMA_VERSION, schemaStatement, schemaVersionOf } from './schema.js';
import type { SqlExecutor, SqlRow } from './sql-executor.js';
import type { TableName } from './table-name.js';

/**
 * Brings the table to this release's layout. Does nothing, and needs no right to create anything, where it is there already
 * or where a newer release has made a newer one.
 */
export async function migrate(executor: SqlExecutor, table: TableName): Promise<void> {
  const { rows } = await executor.query(STATE, [table.quoted, table.schema]);
  const state = rows[0] ?? {};
  if (isTrue(state, 'standby')) {
    throw new Error('this is a read-only standby; the repository must read and write on the primary');
  }
  if (isTrue(state, 'present') && schemaVersionOf(state['comment']) >= SCHEMA_VERSION) return;

  const statements = [
    // One migration of this table at a time. The lock ends with the script, which is one transaction.
    `SELECT pg_advisory_xact_lock(hashtext('nestjs-ghl-auth'), hashtext('${table.quoted}'));`,
    // Making a schema needs the right to do so even where the schema exists.
    isTrue(state, 'schema_present') ? null : schemaStatement(table),
    ...layoutStatements(table),
  ];
  await executor.script(statements.filter((statement) => statement !== null).join('\n'));
}

const STATE = `SELECT
  pg_is_in_recovery()::text AS standby,
  (to_regclass($1::text) IS NOT NULL)::text AS present,
  ($2::text IS NULL OR to_regnamespace($2::text) IS NOT NULL)::text AS schema_present,
  obj_description(to_regclass($1::text), 'pg_class')::text AS comment`;

function isTrue(row: SqlRow, column: string): boolean {
  return row[column] === 'true';
}
