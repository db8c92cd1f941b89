import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { createEngine, type Engine } from '../../../lib/engine.js';
import type { Log, LogFields } from '../../../lib/logging/log.js';
import type { InstallationDirectory } from '../../../lib/recovery/directory.js';
import type { GhlAuthListener } from '../../../lib/recovery/teller.js';
import { ReconnectService } from '../../../lib/services/reconnect.service.js';
import { TokenService } from '../../../lib/services/token.service.js';
import type { Mode } from '../../../lib/decision/pause.js';
import type { GhlAuthEmergencySink } from '../../../lib/storage/emergency-sink.js';
import type { SimulatedApp } from '../../../lib/testing.js';
import { FaultyRepository } from '../faulty-repository.js';
import type { LogLine } from '../workbench.js';
import { Line, type Network } from './line.js';
import { RecordedProcess } from './recorded-process.js';
import { SealedStore } from './sealed-store.js';
import { StoreView } from './store-view.js';
import type { Surroundings } from './surroundings.js';

/** Shorter waits than by default, so that a history need not go on for days until everything has been tried again. */
const HALF_AN_HOUR = 1_800_000;
const PACE = {
  backOffMaxMs: HALF_AN_HOUR,
  closedRungTryMs: HALF_AN_HOUR,
  suspendedLookMs: 2 * HALF_AN_HOUR,
} as const;

/** What an instance is started with. */
export interface MemberOptions {
  readonly name: string;
  readonly app: SimulatedApp;
  readonly network: Network;
  readonly directory: InstallationDirectory;
  readonly listenerOf: (member: Member) => GhlAuthListener;
  readonly emergencySink: GhlAuthEmergencySink | undefined;
  readonly mode: Mode;
  readonly skewMs: number;
  readonly random: () => number;
  /** None: what it stores is not sealed. */
  readonly sealingKeys: readonly { readonly id: string; readonly key: string }[];
}

/** One instance of the backend, from its start to its end: the engine in a process of its own. */
export class Member {
  readonly name: string;
  readonly mode: Mode;
  readonly process: RecordedProcess;
  /** Its connection to the store, and what is wrong with it. */
  readonly connection: FaultyRepository;
  readonly line: Line;
  readonly log: LogLine[] = [];
  readonly engine: Engine;
  readonly tokens: TokenService;
  readonly reconnects: ReconnectService;
  /** Its shutdown, once it was asked for. */
  closing: { readonly tick: number; readonly at: number; ended: { tick: number; at: number } | null } | null = null;

  constructor(
    private readonly surroundings: Surroundings,
    { name, app, network, directory, listenerOf, emergencySink, mode, skewMs, random, sealingKeys }: MemberOptions,
  ) {
    const { chronicle, clock, store } = surroundings;
    this.name = name;
    this.mode = mode;
    this.process = new RecordedProcess(chronicle, clock);
    this.process.skewMs = skewMs;
    this.connection = new FaultyRepository(store);
    this.connection.onFault = () => void chronicle.storeFaults.push({ tick: chronicle.tick(), member: this });
    this.line = new Line(this, surroundings, network);
    const line =
      (level: keyof Log) =>
      (message: string, fields?: LogFields): void =>
        void this.log.push({ level, message, fields });
    const { clients, scopes } = app;
    const options = { clients, redirectUri: app.redirectUris[0] as string, scopes, mode, refresh: PACE };
    const isSealing = sealingKeys.length > 0;
    const repository = this.process.repository(new StoreView(this, surroundings));
    this.engine = createEngine({
      settings: resolveSettings({ ...options, ...(isSealing && { sealing: { keys: sealingKeys } }) }, {}),
      repository: isSealing ? new SealedStore(repository) : repository,
      directory,
      listener: listenerOf(this),
      emergencySink: emergencySink && this.process.sink(emergencySink),
      transport: this.line,
      askForClients: async () => {
        chronicle.clientsAsked += 1;
        return app.clients;
      },
      clock: this.process.clock(clock),
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      random,
    });
    this.tokens = new TokenService(this.engine);
    this.reconnects = new ReconnectService(this.engine);
    chronicle.members.push(this);
    this.engine.start();
  }

  /** Whether it has neither been killed nor ended its shutdown. */
  get isRunning(): boolean {
    return this.process.isAlive;
  }

  /** Shuts down as Nest would: what comes of it is chronicled, and its process ends with it. */
  close(): void {
    if (this.closing !== null) return;
    const { chronicle, clock } = this.surroundings;
    const now = (): { tick: number; at: number } => ({ tick: chronicle.tick(), at: clock.monotonic() });
    const closing = { ...now(), ended: null as { tick: number; at: number } | null };
    this.closing = closing;
    void this.engine.close().then(() => {
      if (!this.isRunning) return;
      closing.ended = now();
      this.process.kill();
    });
  }
}
