import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { Log, LogFields } from '../logging/log.js';

/**
 * An entry of the log: one line where a logger writes text, and its fields where one writes JSON or takes objects (Nest's own with
 * `json: true`, pino, winston).
 */
class LogEntry {
  readonly message: string;

  constructor(message: string, fields: LogFields = {}) {
    this.message = message;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== null) Object.assign(this, { [name]: value });
    }
  }

  toString(): string {
    const shown = Object.entries(this)
      .filter(([name]) => name !== 'message')
      .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    return [this.message, ...shown].join(' ');
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Writes to Nest's logger. */
export function nestLog(): Log {
  const logger = new Logger('GhlAuth');
  return {
    debug: (message, fields) => logger.debug(new LogEntry(message, fields)),
    info: (message, fields) => logger.log(new LogEntry(message, fields)),
    warn: (message, fields) => logger.warn(new LogEntry(message, fields)),
    error: (message, fields) => logger.error(new LogEntry(message, fields)),
  };
}
