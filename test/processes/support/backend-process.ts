import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SimulatorServer } from '../../../lib/testing.js';
import { canary } from '../../support/canary/canary.js';
import { endWithThisProcess } from '../../support/reaper.js';
import type { TcpProxy } from './tcp-proxy.js';

const ROOT = dirname(createRequire(import.meta.url).resolve('nestjs-ghl-auth/package.json'));
/** The built sample, which loads the built package by its name. */
const PROGRAM = join(ROOT, 'sample/dist/serve.js');

/** How a process ended. `alone`: by itself, although it had been listening. */
export type End = 'killed' | 'deployed' | 'not started' | 'alone';

/** What a process of the fleet stands on. */
export interface BackendParts {
  readonly name: string;
  /** Its way to HighLevel, and what the ledger calls it. */
  readonly door: SimulatorServer;
  readonly host: string;
  /** Its way to the database. */
  readonly proxy: TcpProxy;
  readonly environment: Readonly<Record<string, string>>;
}

/** One process of the sample's backend, from its start to its end. */
export class BackendProcess {
  readonly startedAt = Date.now();
  /** Where it listens. `null` before that, and after its end. */
  url: string | null = null;
  endedAt = Number.POSITIVE_INFINITY;
  /** It was asked to end, and did not within its limit. */
  isOverdue = false;
  end: End | null = null;
  readonly lines: string[] = [];
  /** Resolves when it listens; rejects if it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  private wanted: 'killed' | 'deployed' | null = null;
  private wasReady = false;
  private readonly child: ChildProcess;

  constructor(readonly parts: BackendParts) {
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, [PROGRAM], {
      env: { PATH, ...parts.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithThisProcess(this.child);
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      for (const stream of [this.child.stdout, this.child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => this.read(text, resolve));
      this.child.once('exit', () => {
        this.noteEnd();
        reject(new Error(`${this.name} ended before it listened:\n${this.lines.slice(-15).join('\n')}`));
      });
    });
    this.ready.catch(() => undefined);
  }

  get name(): string {
    return this.parts.name;
  }

  get isAlive(): boolean {
    return this.end === null;
  }

  /** SIGKILL */
  kill(): void {
    this.wanted ??= 'killed';
    this.signal('SIGKILL');
  }

  /** SIGTERM, as a deployment does. */
  deploy(): void {
    this.wanted ??= 'deployed';
    // Nobody is sent to it any more.
    this.url = null;
    this.signal('SIGTERM');
  }

  /** It takes too long to start. */
  giveUp(): void {
    if (this.url === null) this.signal('SIGKILL');
  }

  /** It takes too long to end. */
  overdue(): void {
    this.isOverdue = true;
    this.signal('SIGKILL');
  }

  /** SIGSTOP */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  /** SIGCONT */
  thaw(): void {
    this.signal('SIGCONT');
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.isAlive) this.child.kill(signal);
  }

  private read(text: string, onReady: () => void): void {
    canary.look(`what ${this.parts.name} prints`, text);
    this.lines.push(...text.split('\n').filter(Boolean));
    const url = /Listening on (http:\S+)/.exec(text)?.[1];
    if (url === undefined) return;
    this.url = url;
    this.wasReady = true;
    onReady();
  }

  private noteEnd(): void {
    this.url = null;
    this.endedAt = Date.now();
    this.end = this.wanted ?? (this.wasReady ? 'alone' : 'not started');
  }
}
