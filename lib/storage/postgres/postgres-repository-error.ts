/**
 * A statement failed: no connection, a missing table or right, a broken constraint. Never a conflict.
 *
 * It deliberately carries neither the driver's error nor its details: those repeat parameters and whole rows, so tokens.
 */
export class PostgresRepositoryError extends Error {
  override readonly name = 'PostgresRepositoryError';

  constructor(
    /** The repository's method that failed. */
    readonly operation: string,
    /** PostgreSQL's SQLSTATE, such as `42P01` for a missing table, or the system's code, such as `ECONNREFUSED`. */
    readonly code: string | null,
    message: string,
  ) {
    super(message);
  }
}

/** The driver's code for what went wrong. */
export function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : null;
}

/** What may be told of a driver's error. */
export function cleanedError(operation: string, table: string, error: unknown): PostgresRepositoryError {
  const code = codeOf(error);
  // Not `instanceof`: under Jest the errors of Node.js itself are of another realm.
  const { message } = (error ?? {}) as { message?: unknown };
  const said = typeof message === 'string' && message !== '' ? message : 'no message';
  const help = code === null ? '' : (HELP[code] ?? '');
  return new PostgresRepositoryError(
    operation,
    code,
    `PostgresRepository could not ${operation} in "${table}": ${said}${code === null ? '' : ` (${code})`}.${help}`,
  );
}

const HELP: Readonly<Record<string, string>> = {
  '42P01': ' Run `migrate()` at start or the SQL of `schemaSql()`; check `schema`, `table` and the `search_path`.',
  '3F000': ' Run `migrate()` at start or the SQL of `schemaSql()`; check `schema`.',
  '42703': " The table's layout is not the one of this release: run `migrate()`.",
  '42P10': ' The column "key" needs a primary key or a unique constraint.',
  '42501': " The pool's user needs SELECT, INSERT, UPDATE and DELETE on the table; `migrate()` also needs CREATE.",
  '25006': ' The connection is read-only: point the pool at the primary.',
};
