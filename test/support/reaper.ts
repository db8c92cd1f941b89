import { spawn, type ChildProcess } from 'node:child_process';

/** Runs until its standard input ends, which it does with this process, however that ends. Reads `+pid` and `-pid`. */
const SCRIPT = `
const pids = new Set();
let rest = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) line[0] === '+' ? pids.add(Number(line.slice(1))) : pids.delete(Number(line.slice(1)));
}).on('end', () => {
  for (const pid of pids) try { process.kill(pid, 'SIGKILL'); } catch {}
});`;

let reaper: ChildProcess | undefined;

const tell = (word: string): void => void reaper?.stdin?.write(`${word}\n`);

const start = (): ChildProcess => {
  const child = spawn(process.execPath, ['-e', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  child.stdin?.on('error', () => undefined);
  // A pipe of Node's is a socket; alone it must not keep this process running.
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
};

/** Sees to it that a child does not outlive this process, even if this process is killed. */
export function endWithThisProcess(child: ChildProcess): void {
  reaper ??= start();
  const { pid } = child;
  if (pid === undefined) return;
  tell(`+${pid}`);
  child.once('exit', () => tell(`-${pid}`));
}
