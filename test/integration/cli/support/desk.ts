import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { runCommand } from '../../../../lib/cli/program.js';
import { resolveSettings } from '../../../../lib/config/resolve-settings.js';
import { createEngine, type Engine } from '../../../../lib/engine.js';
import {
  InMemoryRepository,
  ReconnectService,
  TokenService,
  type GhlAuthModuleOptions,
  type GhlAuthRepository,
  type InstallationChange,
  type InstallationStatus,
} from '../../../../lib/index.js';
import {
  HighLevelSimulator,
  SimulatorTransport,
  TravellingClock,
  type SimulatedApp,
  type SimulatorOptions,
} from '../../../../lib/testing.js';
import { canary } from '../../../support/canary/canary.js';

/** What came of a command. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What came out, as lines of JSON. */
  readonly json: () => Record<string, unknown>[];
}

/** How a command is run. */
export interface RunOptions {
  readonly isTerminal?: boolean;
  /** What is typed where the command asks. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
}

const nothing = (): void => undefined;

/** An operator beside a running backend: the command, in process, on the backend's own store and HighLevel. */
export class Desk {
  readonly clock = new TravellingClock();
  readonly simulator: HighLevelSimulator;
  readonly app: SimulatedApp;
  readonly repository = new InMemoryRepository();
  /** What the backend's listener was told. */
  readonly told: InstallationChange[] = [];
  /** What the host's file differs in from the backend's options. */
  host: Partial<GhlAuthModuleOptions> = {};
  closed = 0;
  readonly backend: Engine;
  readonly tokens: TokenService;
  readonly reconnects: ReconnectService;

  private constructor(
    readonly folder: string,
    simulator: SimulatorOptions,
  ) {
    this.simulator = new HighLevelSimulator({ clock: this.clock, ...simulator });
    this.app = this.simulator.addApp({ clients: 2 });
    this.backend = createEngine({
      settings: resolveSettings(this.options, {}),
      repository: this.repository,
      directory: undefined,
      listener: { onInstallationChange: (change) => void this.told.push(change) },
      transport: new SimulatorTransport(this.simulator, { clock: this.clock }),
      clock: this.clock,
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      random: Math.random,
    });
    this.tokens = new TokenService(this.backend);
    this.reconnects = new ReconnectService(this.backend);
  }

  static async set(simulator: SimulatorOptions = {}): Promise<Desk> {
    const desk = new Desk(await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-cli-')), simulator);
    Object.assign(globalThis, { ghlAuthDesk: desk });
    await desk.writeFile('ghl-auth.config.mjs', 'export default () => globalThis.ghlAuthDesk.hostOptions();');
    return desk;
  }

  /** The options of the backend, without its providers. */
  get options(): Pick<GhlAuthModuleOptions, 'clients' | 'redirectUri' | 'scopes'> {
    const { clients, redirectUris, scopes } = this.app;
    return { clients, redirectUri: redirectUris[0] as string, scopes };
  }

  /** What the host's file exports. */
  hostOptions(): object {
    return {
      repository: { useValue: this.repository as GhlAuthRepository },
      transport: { useValue: new SimulatorTransport(this.simulator, { clock: this.clock }) },
      clock: { useValue: this.clock },
      ...this.options,
      ...this.host,
      close: () => (this.closed += 1),
    };
  }

  writeFile(name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text);
  }

  /** A location with the app installed, old enough for its token to be rejected in earnest. */
  async location(companyId?: string): Promise<string> {
    const { locationId } = this.simulator.addLocation(companyId === undefined ? {} : { companyId });
    await this.tokens.exchangeCode(this.simulator.installLocation(locationId).code);
    await this.clock.advance(10_000);
    return locationId;
  }

  /** The same in the state in which no way back is left. */
  async endedLocation(): Promise<string> {
    const locationId = await this.location();
    this.simulator.invalidateAll({ locationId });
    this.simulator.setReconnect('removed', { place: { locationId } });
    await this.reconnects.recover({ locationId }).catch(nothing);
    return locationId;
  }

  status(locationId: string): Promise<InstallationStatus> {
    return this.tokens.status({ locationId });
  }

  /** What the record says that the host has to be told of still. */
  async untold(locationId: string): Promise<readonly string[]> {
    const stored = await this.backend.store.find(this.backend.keeper.placeOf({ locationId }).key);
    return (stored?.installation.untold ?? []).map(({ to }) => to);
  }

  async run(line: string | readonly string[], { isTerminal = false, answer, signal }: RunOptions = {}): Promise<Ran> {
    const [stdout, stderr] = [new Heard(isTerminal), new Heard(isTerminal)];
    const stdin = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
    if (answer !== undefined) stdin.write(`${answer}\n`);
    const args = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
    const code = await runCommand(args, {
      stdin,
      stdout,
      stderr,
      cwd: this.folder,
      version: '1.2.3',
      signal: signal ?? new AbortController().signal,
    });
    const [out, err] = [stdout.text, stderr.text];
    canary.look('what the command prints', [out, err]);
    const json = () =>
      out
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Record<string, unknown>);
    return { code, out, err, json };
  }

  async clear(): Promise<void> {
    await this.backend.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Keeps what is written. */
class Heard extends Writable {
  text = '';

  constructor(readonly isTTY: boolean) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }
}
