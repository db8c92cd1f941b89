import { Logger } from '@nestjs/common';
import type { Log, LogFields } from '../logging/log.js';

const line = (message: string, fields?: LogFields): string => {
  const shown = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return shown.length === 0
    ? message
    : `${message} ${shown.map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value as string)}`).join(' ')}`;
};

/** Writes to Nest's logger. */
export function nestLog(): Log {
  const logger = new Logger('GhlAuth');
  return {
    debug: (message, fields) => logger.debug(line(message, fields)),
    info: (message, fields) => logger.log(line(message, fields)),
    warn: (message, fields) => logger.warn(line(message, fields)),
    error: (message, fields) => logger.error(line(message, fields)),
  };
}
