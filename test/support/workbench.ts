import { resolveSettings } from '../../lib/config/resolve-settings.js';
import type { GhlAuthOptions } from '../../lib/config/ghl-auth-options.js';
import { createEngine, type Engine } from '../../lib/engine.js';
import type { AskForPairs } from '../../lib/highlevel/client-pairs.js';
import type { Log, LogFields } from '../../lib/logging/log.js';
import type { InstallationChange } from '../../lib/installation/installation.js';
import type { InstallationRef } from '../../lib/installation/installation-ref.js';
import type { InstallationDirectory } from '../../lib/recovery/directory.js';
import type { GhlAuthListener } from '../../lib/recovery/teller.js';
import { ReconnectService } from '../../lib/services/reconnect.service.js';
import { TokenService } from '../../lib/services/token.service.js';
import type { GhlAuthEmergencySink } from '../../lib/storage/emergency-sink.js';
import type { SealingKeyProvider } from '../../lib/sealing/host-keys.js';
import type { GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';
import { canary } from './canary/canary.js';
import type { SimulatedProcess } from './simulated-process.js';
import { HighLevelSimulator, SimulatorTransport, type SimulatedApp, type SimulatorOptions } from '../../lib/testing.js';

/** A line that the module logged. */
export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** One instance of a backend, without Nest and without sockets. */
export interface Instance {
  readonly engine: Engine;
  readonly tokens: TokenService;
  readonly reconnects: ReconnectService;
  readonly log: readonly LogLine[];
  /** What its listener was told. */
  readonly told: readonly InstallationChange[];
}

/** What a bench's instances differ in. */
export interface InstanceOptions {
  readonly options?: Partial<GhlAuthOptions>;
  readonly repository?: GhlAuthRepository;
  readonly directory?: InstallationDirectory;
  readonly listener?: GhlAuthListener | null;
  readonly emergencySink?: GhlAuthEmergencySink | undefined;
  readonly sealingKeys?: SealingKeyProvider;
  readonly random?: () => number;
  /** What the host's clients provider answers when it is asked again. */
  readonly askForClients?: AskForPairs;
  /** The process that it runs in, if a test wants to stop or kill it. */
  readonly process?: SimulatedProcess;
}

/** A simulated HighLevel, a store, and any number of instances of a backend on one clock that the test moves. */
export class Workbench {
  readonly simulator: HighLevelSimulator;
  readonly app: SimulatedApp;
  readonly store = new InMemoryRepository();

  constructor(simulatorOptions: SimulatorOptions = {}, clients = 1) {
    this.simulator = new HighLevelSimulator(simulatorOptions);
    this.app = this.simulator.addApp({ clients });
  }

  get clock(): HighLevelSimulator['clock'] {
    return this.simulator.clock;
  }

  get ledger(): HighLevelSimulator['ledger'] {
    return this.simulator.ledger;
  }

  /** Runs a promise to its end, moving the clock as its sleepers ask for. */
  run<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.drive(promise, limitMs === undefined ? {} : { limitMs });
  }

  instance(given: InstanceOptions = {}): Instance {
    const log: LogLine[] = [];
    const told: InstallationChange[] = [];
    const line =
      (level: keyof Log) =>
      (message: string, fields?: LogFields): void => {
        canary.look(`log, ${level}`, { message, fields });
        log.push({ level, message, fields });
      };
    const settings = resolveSettings(
      {
        clients: this.app.clients,
        redirectUri: this.app.redirectUris[0] as string,
        scopes: this.app.scopes,
        ...given.options,
      },
      {},
      { problems: [], faulty: new Set(), hasKeyProvider: given.sealingKeys !== undefined },
    );
    const { process, sealingKeys } = given;
    const listener =
      given.listener === null
        ? undefined
        : (given.listener ?? { onInstallationChange: (change: InstallationChange) => void told.push(change) });
    const repository = given.repository ?? this.store;
    const engine = createEngine({
      settings,
      repository: process?.repository(repository) ?? repository,
      directory: given.directory && (process?.directory(given.directory) ?? given.directory),
      sealingKeys,
      listener: listener && (process?.listener(listener) ?? listener),
      emergencySink: given.emergencySink && (process?.sink(given.emergencySink) ?? given.emergencySink),
      transport: process?.transport(this.simulator) ?? new SimulatorTransport(this.simulator),
      clock: process?.clock(this.clock) ?? this.clock,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      askForClients: given.askForClients,
      random: given.random ?? ((): number => 0.5),
    });
    engine.start();
    return { engine, tokens: new TokenService(engine), reconnects: new ReconnectService(engine), log, told };
  }

  /** A location with the app installed, known to the instance. */
  async installed(
    instance: Instance,
    options: { readonly companyId?: string; readonly locationId?: string } = {},
  ): Promise<{ locationId: string; companyId: string }> {
    const location = this.simulator.addLocation(options);
    const { code } = this.simulator.installLocation(location.locationId);
    await this.run(instance.tokens.exchangeCode(code));
    return { locationId: location.locationId, companyId: location.companyId };
  }

  /** A company with the app installed in bulk, known to the instance; its locations are installed, but not known to it. */
  async bulkInstalled(instance: Instance, locations = 1): Promise<{ companyId: string; locationIds: string[] }> {
    const { companyId } = this.simulator.addCompany();
    const locationIds = Array.from({ length: locations }, () => this.simulator.addLocation({ companyId }).locationId);
    const { code } = this.simulator.installCompany(companyId, { bulk: true });
    await this.run(instance.tokens.exchangeCode(code));
    return { companyId, locationIds };
  }

  /** Deletes a record behind the module's back. */
  async dropRecord(instance: Instance, ref: InstallationRef): Promise<void> {
    const { key } = instance.engine.keeper.placeOf(ref);
    const record = await this.store.find(key);
    if (record !== null) await this.store.remove(key, record.version);
  }
}
