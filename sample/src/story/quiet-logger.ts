import type { LoggerService } from '@nestjs/common';

const START_UP = ['RouterExplorer', 'RoutesResolver', 'InstanceLoader'];

/** Keeps what the backend logs, to be shown only if the story goes wrong. */
export class QuietLogger implements LoggerService {
  readonly lines: string[] = [];
  readonly log = this.keep('log');
  readonly warn = this.keep('warn');
  readonly error = this.keep('error');
  readonly fatal = this.keep('fatal');
  readonly debug = this.keep('debug');
  readonly verbose = (): void => undefined;

  private keep(level: string): (message: unknown, ...rest: unknown[]) => void {
    return (message, ...rest) => {
      const context = String(rest.at(-1));
      if (!START_UP.includes(context)) this.lines.push(`${level}  ${context}  ${String(message)}`);
    };
  }
}
