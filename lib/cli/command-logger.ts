import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Output } from './output.js';

/** Nest's own account of a start that failed: the command says it once, and in its own words. */
const ALSO_SAID = new Set<unknown>(['ExceptionHandler', 'NestFactory', 'InstanceLoader']);

/** Where the module's and the host's log goes: what is wrong to standard error, and with `--verbose` everything. */
export function commandLogger(out: Output, isVerbose: boolean): LoggerService {
  const line =
    (level: string, isShown: boolean) =>
    (message: unknown, ...more: unknown[]): void => {
      if (!isShown || (!isVerbose && ALSO_SAID.has(more.at(-1)))) return;
      const text = typeof message === 'string' ? message : inspect(message);
      out.note(`[${level}] ${text}`);
    };
  return {
    fatal: line('fatal', true),
    error: line('error', true),
    warn: line('warn', isVerbose),
    log: line('info', isVerbose),
    debug: line('debug', isVerbose),
    verbose: line('verbose', isVerbose),
  };
}
