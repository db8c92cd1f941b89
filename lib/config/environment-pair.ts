import { readFile } from 'node:fs/promises';

/** The variables that are set, by name. */
export type Variables = Readonly<Record<string, string>>;

/** A complaint about one variable. */
export interface VariableProblem {
  readonly variable: string;
  readonly problem: string;
}

const ID = 'GHL_CLIENT_ID';
const SECRET = 'GHL_CLIENT_SECRET';
const FILE = 'GHL_CLIENT_SECRET_FILE';

/** What does not fit together among the variables of the key pair. */
export function pairProblems(variables: Variables): VariableProblem[] {
  const [id, secret, file] = [ID, SECRET, FILE].map((name) => variables[name] !== undefined);
  if (secret && file) return [{ variable: FILE, problem: `set environment variable ${SECRET} or ${FILE}, not both` }];
  if (id && !secret && !file) {
    const fix = `set ${SECRET} or ${FILE}, or pass option clients`;
    return [{ variable: ID, problem: `environment variable ${ID} is set without a secret: ${fix}` }];
  }
  if (id || !(secret || file)) return [];
  const alone = secret ? SECRET : FILE;
  return [{ variable: alone, problem: `environment variable ${alone} is set without a client id: set ${ID}` }];
}

/** The secret, from its variable or its file. */
export async function readSecret(
  variables: Variables,
): Promise<VariableProblem | { readonly text: string | undefined }> {
  const file = variables[FILE];
  if (file === undefined) return { text: variables[SECRET] };
  const complain = (what: string): VariableProblem => ({
    variable: FILE,
    problem: `environment variable ${FILE} names a file that ${what}`,
  });
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (/^\S+$/.test(text)) return { text };
    return complain('does not hold one secret: write the secret into it, and nothing else');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no reason given';
    return complain(`cannot be read (${code}): name one that this process may read`);
  }
}
