import type { PostgresTableOptions, TableName } from './table-name.js';
import { tableName } from './table-name.js';

/** The version of the table's layout that this release makes. */
export const SCHEMA_VERSION = 1;

/**
 * The SQL that makes the table, its indexes and, where one is named, its schema: for your own migration tool. Every
 * statement may run again. `PostgresRepository.migrate()` does the same and, with later releases, alters the table.
 *
 * The version of the layout is kept in the table's comment. So it cannot outlive the table, and whoever drops the table
 * gets a new one at the next `migrate()`. A lost comment is harmless.
 */
export function schemaSql(options: PostgresTableOptions = {}): string {
  const table = tableName(options);
  return [schemaStatement(table), ...layoutStatements(table)].filter((statement) => statement !== null).join('\n\n');
}

/** Makes the schema where one is named. */
export function schemaStatement(table: TableName): string | null {
  return table.schema === null ? null : `CREATE SCHEMA IF NOT EXISTS ${table.schema};`;
}

/**
 * Brings any earlier layout, or none, to {@link SCHEMA_VERSION}. Each statement must be idempotent, because the statements
 * run again when the comment was lost. An older release leaves a newer layout alone: only add what it can live with.
 */
export function layoutStatements(table: TableName): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${table.quoted} (
  key text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  group_id text COLLATE "C",
  due_at timestamptz(3),
  version bigint NOT NULL,
  format integer NOT NULL,
  body text NOT NULL,
  location_id text,
  company_id text,
  client_id text,
  state text,
  expires_at timestamptz(3)
);`,
    `CREATE INDEX IF NOT EXISTS ${table.index('kind')} ON ${table.quoted} (kind, key);`,
    `CREATE INDEX IF NOT EXISTS ${table.index('due')} ON ${table.quoted} (kind, due_at, key) WHERE due_at IS NOT NULL;`,
    `CREATE INDEX IF NOT EXISTS ${table.index('group')} ON ${table.quoted} (kind, group_id, key);`,
    `COMMENT ON TABLE ${table.quoted} IS '${schemaComment(SCHEMA_VERSION)}';`,
  ];
}

/** The layout's version according to the table's comment; 0 if there is none. */
export function schemaVersionOf(comment: unknown): number {
  const match = typeof comment === 'string' ? /^nestjs-ghl-auth schema (\d+)/.exec(comment) : null;
  return Number(match?.[1] ?? 0);
}

function schemaComment(version: number): string {
  return `nestjs-ghl-auth schema ${version}`;
}
