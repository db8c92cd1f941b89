import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canary } from '../../support/canary/canary.js';
import { endWithThisProcess } from '../../support/reaper.js';

const require = createRequire(import.meta.url);
const ROOT = dirname(require.resolve('nestjs-ghl-auth/package.json'));
/** The built command. */
const PROGRAM = join(ROOT, 'dist/esm/cli/main.js');

/** The sample's own file. */
export const SAMPLE = join(ROOT, 'sample/ghl-auth.config.js');

/** As a host writes it; its pool is left open on purpose where `close` is. */
const hostFile = (close: string): string => `
import pg from ${JSON.stringify(require.resolve('pg'))};
import { PostgresRepository } from ${JSON.stringify(join(ROOT, 'dist/esm/postgres.js'))};
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
pool.on('error', () => undefined);
export default { repository: { useValue: PostgresRepository.fromPool(pool) } };
${close}
`;

/** The command as a process of its own. */
export class Terminal {
  private constructor(
    private readonly folder: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open(environment: Readonly<Record<string, string>>): Promise<Terminal> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-terminal-'));
    await writeFile(join(folder, 'ghl-auth.config.mjs'), hostFile('export const close = () => pool.end();'));
    await writeFile(join(folder, 'left-open.mjs'), hostFile(''));
    return new Terminal(folder, environment);
  }

  /** Starts a command. */
  start(...args: readonly string[]): Running {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env: { PATH, EMERGENCY_FOLDER: join(this.folder, 'emergency'), ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithThisProcess(child);
    return new Running(child);
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

/** A command that runs, or has ended. */
export class Running {
  out = '';
  err = '';
  /** What it ended with: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        canary.look('what the command prints', [this.out, this.err]);
        resolve(code ?? (signal as NodeJS.Signals));
      });
    });
  }
}
