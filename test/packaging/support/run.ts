import { spawn } from 'node:child_process';

/** Set by the npm run and the Jest that this process is part of; a nested npm or Jest must not see them. */
const inherited = /^(npm_(package|lifecycle|command|config_local_prefix|execpath)|JEST_|NODE_OPTIONS$|NODE_ENV$)/i;

/**
 * Runs a command and returns what it printed on standard output; throws with everything that it printed when it fails.
 * `node` stands for the Node.js that runs the tests.
 */
export function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  return runWith({}, cwd, command, ...args);
}

/** The same, with additions to the environment. */
export async function runWith(
  more: NodeJS.ProcessEnv,
  cwd: string,
  command: string,
  ...args: string[]
): Promise<string> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
  const env = { ...own, ...more };
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${String(code)}\n${all}`);
  return stdout;
}
