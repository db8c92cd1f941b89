import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { CommandError, EXIT } from './exit-codes.js';

/** How a command asks before it does something. */
export interface Asker {
  /** Resolves where the answer is yes. @throws {CommandError} where it is no, or where there is nobody to ask */
  confirm(question: string): Promise<void>;
  /** Resolves where the number is typed that it is about; `--yes` is not enough. @throws {CommandError} */
  number(question: string, expected: number): Promise<void>;
}

/** Asks on a terminal; `--yes` answers for everything. */
export function askerOn(
  { stdin, stderr }: { readonly stdin: Readable & { readonly isTTY?: boolean | undefined }; readonly stderr: Writable },
  { yes, signal }: { readonly yes: boolean; readonly signal: AbortSignal },
): Asker {
  const put = async (question: string, instead: string): Promise<string> => {
    if (stdin.isTTY !== true)
      throw new CommandError(`${question}\nThere is no terminal to ask on: pass ${instead}.`, EXIT.usage);
    const terminal = createInterface({ input: stdin, output: stderr });
    return (await terminal.question(`${question} `, { signal }).finally(() => terminal.close())).trim();
  };
  const nothingDone = (): CommandError => new CommandError('Nothing was done.', EXIT.failure);
  return {
    confirm: async (question) => {
      if (!yes && !/^y(es)?$/i.test(await put(`${question} [y/N]`, '--yes'))) throw nothingDone();
    },
    number: async (question, expected) => {
      const typed = await put(`${question} Type their number to go on:`, `--expect ${expected}`);
      if (typed !== String(expected)) throw nothingDone();
    },
  };
}
