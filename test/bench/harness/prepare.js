import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const bench = join(root, 'test/bench');
const modules = join(bench, 'node_modules');
const stamp = join(modules, '.installed-from');

/** Runs a command; what a surrounding npm has set is none of its business. */
const run = async (cwd, command, ...args) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${code}\n${said}`);
  return said;
};

const installContenders = async () => {
  const lockfile = await readFile(join(bench, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  const present = await readFile(stamp, 'utf8').catch(() => '');
  if (present === wanted) return;
  console.log('Installing the contenders (once) …');
  await run(bench, 'npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error');
  await writeFile(stamp, wanted);
};

/** Packs dist/ and unpacks it where the contenders are: the module is measured as a host gets it. @returns the size of the tarball in bytes */
const installModule = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-bench-'));
  try {
    const report = JSON.parse(
      await run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
    );
    const [{ filename }] = Array.isArray(report) ? report : Object.values(report);
    const tarball = join(folder, filename);
    const home = join(modules, 'nestjs-ghl-auth');
    await rm(home, { recursive: true, force: true });
    await mkdir(home);
    await run(root, 'tar', '-xzf', tarball, '-C', home, '--strip-components=1');
    return (await stat(tarball)).size;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Installs the contenders if they are not yet, and the module as it is built now. */
export async function prepare() {
  await installContenders();
  return { tarballBytes: await installModule(), moduleFolder: join(modules, 'nestjs-ghl-auth') };
}
