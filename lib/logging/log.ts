/** Facts beside a log message. Never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the module writes what happens. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
