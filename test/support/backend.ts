import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  GhlAuthInterceptor,
  GhlAuthModule,
  GhlHttpService,
  InMemoryRepository,
  ReconnectService,
  TokenService,
  type GhlAuthOptions,
  type GhlAuthRepository,
  type GhlAxiosInstance,
  type InstallationChange,
  type InstallationDirectory,
} from '../../lib/index.js';
import {
  HighLevelSimulator,
  SimulatorServer,
  TravellingClock,
  type FaultMatch,
  type LedgerView,
  type SimulatedApp,
  type SimulatorOptions,
} from '../../lib/testing.js';
import { Gate } from './backend-clocks.js';

/** What a backend differs in from the usual one. */
export interface BackendOptions {
  readonly options?: Partial<GhlAuthOptions>;
  readonly simulator?: SimulatorOptions;
  readonly directory?: InstallationDirectory;
  /** @default one in memory */
  readonly repository?: GhlAuthRepository;
}

/** A request as it arrived at HighLevel. */
export interface ArrivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Answers that HighLevel holds back. */
export interface HeldAnswers {
  /** Resolves when so many are being held. */
  waiting(count: number): Promise<void>;
  /** Lets them go, and holds no more. */
  release(): void;
}

export const sha256 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** Waits, a turn of the event loop at a time, for something that sockets bring about. */
export async function eventually(isSo: () => boolean | Promise<boolean>, limitMs = 3_000): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`Not so within ${limitMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A marketplace backend as its author writes it: a Nest application with the module, and a simulated HighLevel behind real sockets. */
export class Backend {
  /** Everything that was logged, at the most talkative level. */
  readonly log: string[] = [];
  /** What the listener was told. */
  readonly told: InstallationChange[] = [];
  /** What was to be seen on `changes$`. */
  readonly watched: InstallationChange[] = [];
  /** Every request that arrived at HighLevel, in order. */
  readonly arrived: ArrivedRequest[] = [];
  readonly simulator: HighLevelSimulator;
  readonly server: SimulatorServer;
  readonly app: SimulatedApp;
  private readonly clock = new TravellingClock();
  private readonly gate = new Gate();
  private nest!: TestingModule;

  private constructor(given: BackendOptions) {
    this.simulator = new HighLevelSimulator({ clock: this.clock, ...given.simulator });
    this.server = new SimulatorServer(this.simulator, { clock: this.gate });
    this.app = this.simulator.addApp();
    this.record();
  }

  static async start(given: BackendOptions = {}): Promise<Backend> {
    const backend = new Backend(given);
    await backend.server.start();
    const { app, server, clock, told } = backend;
    const auth = GhlAuthModule.forRoot({
      repository: { useFactory: () => given.repository ?? new InMemoryRepository() },
      listener: { useValue: { onInstallationChange: (change: InstallationChange) => void told.push(change) } },
      clock: { useValue: clock },
      ...(given.directory && { directory: { useValue: given.directory } }),
      clients: app.clients,
      redirectUri: app.redirectUris[0] as string,
      scopes: app.scopes,
      apiBaseUrl: server.baseUrl,
      job: { enabled: false },
      ...given.options,
    });
    const builder = Test.createTestingModule({ imports: [auth] }).setLogger(backend.logger());
    backend.nest = await builder.compile();
    await backend.nest.init();
    backend.tokens.changes$.subscribe((change) => backend.watched.push(change));
    return backend;
  }

  get http(): GhlHttpService {
    return this.nest.get(GhlHttpService);
  }

  get interceptor(): GhlAuthInterceptor {
    return this.nest.get(GhlAuthInterceptor);
  }

  get axios(): GhlAxiosInstance {
    return this.http.axiosRef;
  }

  get tokens(): TokenService {
    return this.nest.get(TokenService);
  }

  get reconnects(): ReconnectService {
    return this.nest.get(ReconnectService);
  }

  get ledger(): HighLevelSimulator['ledger'] {
    return this.simulator.ledger;
  }

  get baseUrl(): string {
    return this.server.baseUrl;
  }

  /** Time passes, for the module and for HighLevel. */
  travel(ms: number): void {
    void this.clock.advance(ms);
  }

  /** A location whose user installs the app. */
  async location(): Promise<{ readonly locationId: string; readonly companyId: string }> {
    const { locationId, companyId } = this.simulator.addLocation();
    const { code } = this.simulator.installLocation(locationId);
    await this.tokens.exchangeCode(code);
    return { locationId, companyId };
  }

  /** The same, grown old enough to be worth a recovery, and then its access token dies before its time. */
  async locationWithDeadToken(): Promise<{ readonly locationId: string; readonly companyId: string }> {
    const location = await this.location();
    this.travel(10_000);
    this.simulator.killAccessToken({ locationId: location.locationId });
    return location;
  }

  locations(count: number): Promise<{ readonly locationId: string; readonly companyId: string }[]> {
    return Promise.all(Array.from({ length: count }, () => this.location()));
  }

  /** A company whose agency installs the app for all of its locations, in bulk. */
  async company(locations = 0): Promise<{ readonly companyId: string; readonly locationIds: string[] }> {
    const { companyId } = this.simulator.addCompany();
    const locationIds = Array.from({ length: locations }, () => this.simulator.addLocation({ companyId }).locationId);
    const { code } = this.simulator.installCompany(companyId, { bulk: true });
    await this.tokens.exchangeCode(code);
    return { companyId, locationIds };
  }

  /** HighLevel holds back its answers to matching requests; what they stand for has happened. */
  hold(match: FaultMatch): HeldAnswers {
    const open = this.gate.close();
    const fault = this.simulator.fault({ match, times: 'forever', do: { delayMs: 1 } });
    return {
      waiting: (count) => eventually(() => this.gate.held === count),
      release: () => {
        fault.end();
        open();
      },
    };
  }

  /** What reaches HighLevel while something is done. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ledger: LedgerView }> {
    const mark = this.ledger.mark();
    const result = await work();
    return { result, ledger: this.ledger.since(mark) };
  }

  async close(): Promise<void> {
    await this.nest.close();
    await this.server.stop();
  }

  private record(): void {
    const note: FaultMatch['when'] = ({ method, path, headers, body = '' }) => {
      this.arrived.push({ method, path, headers, body: Buffer.from(body) });
      return false;
    };
    this.simulator.fault({ match: { when: note }, times: 'forever', do: { delayMs: 1 } });
  }

  private logger(): LoggerService {
    const write = (...line: unknown[]): void =>
      void this.log.push(line.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '));
    return { log: write, error: write, warn: write, debug: write, verbose: write, fatal: write };
  }
}
