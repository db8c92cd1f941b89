/** A parameter of a statement. Only text goes over the wire, so that no driver's idea of dates or big numbers matters. */
export type SqlParameter = string | null;

/** A row by column name. The statements give every column back as text, so that the host's type parsers do not matter. */
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * What {@link PostgresRepository} needs of a driver. Adapters for `pg` and PGlite are there; write one for any other driver.
 *
 * It must not take part in a transaction of the host: what it has answered is committed, and it sees what others have committed.
 */
export interface SqlExecutor {
  /** Runs one statement with parameters `$1`, `$2`, … on its own: when the promise resolves, its effect is committed. */
  query(text: string, params: readonly SqlParameter[]): Promise<{ readonly rows: readonly SqlRow[] }>;
  /** Runs several statements without parameters, all of them or none. */
  script(text: string): Promise<unknown>;
}
