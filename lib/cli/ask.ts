import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { CommandError, EXIT } from './exit-codes.js';

/** How a command asks before it does something. */
export interface Asker {
  /** Resolves where the answer is yes. @throws {CommandError} where it is no, or where there is nobody to ask */
  confirm(question: string): Promise<void>;
}

/** Asks on a terminal; `--yes` answers for everything. */
export function askerOn(
  { stdin, stderr }: { readonly stdin: Readable & { readonly isTTY?: boolean | undefined }; readonly stderr: Writable },
  { yes, signal }: { readonly yes: boolean; readonly signal: AbortSignal },
): Asker {
  return {
    confirm: async (question) => {
      if (yes) return;
      if (stdin.isTTY !== true)
        throw new CommandError(`${question}\nThere is no terminal to ask on: pass --yes.`, EXIT.usage);
      const terminal = createInterface({ input: stdin, output: stderr });
      const answer = await terminal.question(`${question} [y/N] `, { signal }).finally(() => terminal.close());
      if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was done.', EXIT.failure);
    },
  };
}
