import { readFile } from 'node:fs/promises';
import type { SealingKey } from '../sealing/sealing-key.js';
import type { VariableProblem, Variables } from './environment-pair.js';
import { checkSealingKeys } from './sealing-options.js';

const KEYS = 'GHL_AUTH_SEALING_KEYS';
const FILE = 'GHL_AUTH_SEALING_KEYS_FILE';

/** The sealing keys that the environment sets, and what is wrong with them. */
export interface SealingKeysReading {
  readonly keys: readonly SealingKey[] | undefined;
  readonly problems: readonly VariableProblem[];
}

/** Reads the keys from their variable or their file. */
export async function readSealingKeys(variables: Variables): Promise<SealingKeysReading> {
  const { [KEYS]: text, [FILE]: file } = variables;
  if (text !== undefined && file !== undefined)
    return failed(FILE, `set environment variable ${KEYS} or ${FILE}, not both`);
  if (text !== undefined) return keysIn(text, KEYS, `environment variable ${KEYS}`);
  if (file === undefined) return { keys: undefined, problems: [] };
  try {
    return keysIn(await readFile(file, 'utf8'), FILE, `the file that environment variable ${FILE} names`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no reason given';
    return failed(
      FILE,
      `environment variable ${FILE} names a file that cannot be read (${code}): name one that this process may read`,
    );
  }
}

const failed = (variable: string, problem: string): SealingKeysReading => ({
  keys: undefined,
  problems: [{ variable, problem }],
});

/** `id:base64` pairs, separated by blanks, line breaks or commas. */
const keysIn = (text: string, variable: string, name: string): SealingKeysReading => {
  const keys = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((pair): SealingKey => {
      const colon = pair.indexOf(':');
      return { id: pair.slice(0, Math.max(0, colon)), key: pair.slice(colon + 1) };
    });
  const problems: VariableProblem[] = [];
  checkSealingKeys(keys, name, (problem) => void problems.push({ variable, problem }));
  return { keys: problems.length > 0 ? undefined : keys, problems };
};
