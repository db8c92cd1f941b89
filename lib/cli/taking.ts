import type { CommandContext } from './context.js';
import type { ExitCode } from './exit-codes.js';

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
}

/** What a command does, once the host's application is put together. */
export type Work = (context: CommandContext) => Promise<ExitCode>;

/** Takes note of what the command line asks for. */
export type Take = (options: GlobalOptions, work: Work) => void;
