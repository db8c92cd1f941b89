/** Where the records are stored. */
export interface PostgresTableOptions {
  /**
   * The schema of the table, exactly as it is written in the database.
   * @default the connection's `search_path` decides
   */
  readonly schema?: string | undefined;
  /**
   * The name of the table, exactly as it is written in the database (at most 50 characters).
   * @default 'ghl_auth_records'
   */
  readonly table?: string | undefined;
}

/** The checked and quoted names of a table and of its parts. */
export interface TableName {
  readonly schema: string | null;
  /** The bare name, for messages. */
  readonly plain: string;
  /** Quoted, with its schema: ready for SQL. */
  readonly quoted: string;
  /** The quoted name of one of its indexes. */
  index(suffix: string): string;
}

/** PostgreSQL cuts names at 63 bytes; 13 are left for the suffix of an index. */
const MAX_TABLE_LENGTH = 50;
const MAX_SCHEMA_LENGTH = 63;

/** Checks the names of a table and its schema and quotes them. */
export function tableName({ schema, table = 'ghl_auth_records' }: PostgresTableOptions = {}): TableName {
  const quotedTable = quoted('table', table, MAX_TABLE_LENGTH);
  const quotedSchema = schema === undefined ? null : quoted('schema', schema, MAX_SCHEMA_LENGTH);
  return {
    schema: quotedSchema,
    plain: schema === undefined ? table : `${schema}.${table}`,
    quoted: quotedSchema === null ? quotedTable : `${quotedSchema}.${quotedTable}`,
    index: (suffix) => `"${table}_${suffix}"`,
  };
}

function quoted(option: 'schema' | 'table', name: string, maxLength: number): string {
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_$-]*$/.test(name) || name.length > maxLength) {
    const hint = option === 'table' && name.includes('.') ? ' A schema goes into the `schema` option.' : '';
    throw new TypeError(
      `PostgresRepository: \`${option}\` must be 1 to ${maxLength} letters, digits, "_", "-" or "$", not starting with a digit; ` +
        `got ${JSON.stringify(name)}.${hint}`,
    );
  }
  return `"${name}"`;
}
