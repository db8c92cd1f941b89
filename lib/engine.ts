import { authorizationUrl } from './decision/authorization-url.js';
import type { Policy } from './decision/policy.js';
import type { Settings } from './config/settings.js';
import { ClientPairs, type AskForPairs } from './highlevel/client-pairs.js';
import { OAuthClient } from './highlevel/oauth-client.js';
import { Pace, PacedTransport } from './highlevel/pace.js';
import type { HighLevelTransport } from './highlevel/transport.js';
import type { Installation } from './installation/installation.js';
import type { Jobs } from './jobs/jobs.js';
import { hasOpenJobs } from './jobs/open-jobs.js';
import type { Log } from './logging/log.js';
import { AppRecord } from './recovery/app-record.js';
import { AppRungs, type AppRung } from './recovery/app-rungs.js';
import { Authorizations } from './recovery/authorizations.js';
import { Climber } from './recovery/climber.js';
import { CredentialCache } from './recovery/credential-cache.js';
import { Emergency } from './recovery/emergency.js';
import { DirectoryGate, type InstallationDirectory } from './recovery/directory.js';
import { FailureCache } from './recovery/failure-cache.js';
import { InstallationKeeper } from './recovery/installation-keeper.js';
import { InstallationRegistry } from './recovery/installation-registry.js';
import { Leases } from './recovery/leases.js';
import { Outbox, type OnSent } from './recovery/outbox.js';
import { PairKeeper } from './recovery/pair-keeper.js';
import { DeliberateRung } from './recovery/deliberate-rung.js';
import { RecoveryGate } from './recovery/recovery-gate.js';
import { Reopener } from './recovery/reopener.js';
import { MintRung, type CompanyCredential } from './recovery/rungs/mint.rung.js';
import { ReconnectRung } from './recovery/rungs/reconnect.rung.js';
import { RefreshRung } from './recovery/rungs/refresh.rung.js';
import { Shutdown } from './recovery/shutdown.js';
import { Sweeper } from './recovery/sweeper.js';
import { TakeBack } from './recovery/take-back.js';
import { LEFT_UNTOLD, Teller, type GhlAuthListener } from './recovery/teller.js';
import { UnfinishedRotations } from './recovery/unfinished-rotations.js';
import { WaysBackFinder } from './recovery/ways-back.js';
import type { SealingKeyProvider } from './sealing/host-keys.js';
import type { RecordSealer } from './sealing/record-sealer.js';
import { createSealing } from './sealing/sealing.js';
import { AppStore } from './storage/app-store.js';
import type { BodyCodec } from './storage/body-codec.js';
import type { GhlAuthEmergencySink } from './storage/emergency-sink.js';
import { EmergencyStore } from './storage/emergency-store.js';
import type { GhlAuthRepository } from './storage/ghl-auth.repository.js';
import { InstallationStore, type Stored } from './storage/installation-store.js';
import { RecordStore } from './storage/record-store.js';
import { Alarms } from './time/alarms.js';
import { Later } from './time/later.js';
import type { Clock } from './time/clock.js';

/** What the engine stands on: everything that reaches out of it. */
export interface EngineParts {
  readonly settings: Settings;
  readonly repository: GhlAuthRepository;
  readonly directory: InstallationDirectory | undefined;
  readonly listener: GhlAuthListener | undefined;
  readonly emergencySink?: GhlAuthEmergencySink | undefined;
  readonly sealingKeys?: SealingKeyProvider | undefined;
  readonly transport: HighLevelTransport;
  /** Asks the host for the app's key pairs again; `undefined` where they do not change while the application runs. */
  readonly askForClients?: AskForPairs | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The module without Nest: everything that keeps one app's installations alive, put together. */
export interface Engine {
  readonly settings: Settings;
  readonly keeper: InstallationKeeper;
  readonly authorizations: Authorizations;
  readonly deliberate: DeliberateRung;
  readonly registry: InstallationRegistry;
  readonly store: InstallationStore;
  readonly ways: WaysBackFinder;
  readonly clients: ClientPairs;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly sweeper: Sweeper;
  readonly gate: RecoveryGate;
  /** Loaded when it is asked for: keys are rotated once a year. */
  sealer(): Promise<RecordSealer>;
  readonly log: Log;
  /** Recovery jobs. */
  jobs(): Promise<Jobs>;
  /** Takes part in the jobs that are under way in the fleet. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  joinJobs(): Promise<void>;
  /** Begins to take back what the emergency sink holds. Nobody waits for it. */
  start(): void;
  /** Makes ready what a start should not leave to the first caller. @throws {GhlAuthError} `GHL_CONFIG_INVALID` */
  prepare(): Promise<void>;
  /** How many records the store has not taken yet. */
  health(): { readonly unsaved: number };
  /** Asks the store for a record. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  probeStore(): Promise<void>;
  /** When a record next needs attention (ms since the epoch). */
  dueOf(stored: Stored): number | null;
  /** The page on which a customer authorizes the app, with the client id of the installation where it is known. */
  linkFor(installation: Pick<Installation, 'clientId'> | null, state?: string): string;
  /** Starts nothing further, and waits for recoveries under way, their writes and their telling, bounded. */
  close(): Promise<void>;
}

const policyFrom = ({ refresh, rungs }: Settings): Policy => ({
  windows: refresh,
  guard: refresh,
  backOff: { baseMs: refresh.backOffBaseMs, maxMs: refresh.backOffMaxMs },
  suspendedLookMs: refresh.suspendedLookMs,
  closedRungTryMs: refresh.closedRungTryMs,
  rungs,
  unclearAnswers: { count: 12, spreadMs: 86_400_000 },
  clientRefusals: 3,
});

/** Puts the engine together. Reads nothing and calls nobody yet. */
export function createEngine(parts: EngineParts): Engine {
  const { settings, clock, log, random } = parts;
  const { appId, timeouts } = settings;
  const policy = policyFrom(settings);
  const alarms = new Alarms(clock);
  const clients = new ClientPairs(settings.clients, parts.askForClients, clock);
  const linkFor: Engine['linkFor'] = (installation, state) =>
    authorizationUrl(settings.marketplaceUrl, {
      clientId: (clients.find(installation?.clientId) ?? clients.current).clientId,
      redirectUri: settings.redirectUri ?? '',
      scopes: settings.scopes,
      state,
    });

  const storeLimit = { timeoutMs: timeouts.storeMs };
  const { repository, sealingKeys: provider } = parts;
  const ofSealing = { settings: settings.sealing, provider, repository, ...storeLimit };
  const sealing = createSealing({ ...ofSealing, clock, log });
  const records = new RecordStore(repository, sealing.codec, clock, log, storeLimit);
  const sealer = new Later(async () => {
    const { RecordSealer } = await import('./sealing/record-sealer.js');
    return new RecordSealer(appId, records, sealing.ring, log);
  });
  const windows = { ...settings.refresh, ...settings.job };
  const store = new InstallationStore(records, clock, { appId, windows, keepUntold: parts.listener !== undefined });
  const cache = new CredentialCache({ ...settings.cache, windows: policy.windows }, clock.now());
  const listenerLimit = { timeoutMs: timeouts.listenerMs, random };
  const listener = parts.listener === LEFT_UNTOLD ? undefined : parts.listener;
  const teller = new Teller(store, listener, linkFor, alarms, log, listenerLimit);
  const reopener = new Reopener(store, clock, log);
  const registry = new InstallationRegistry(store, cache, teller, reopener, clock, log);
  const leases = new Leases(registry, clock, settings.lease.ttlMs, timeouts.highLevelMs);
  const record = new AppRecord(new AppStore(records, appId), clock, log);
  const onOpened = (what: AppRung, clientId: string): void => reopener.reopen({ what, clientId });
  const apps = new AppRungs({ record, clients, policy, clock, log, onOpened });
  const gate = new RecoveryGate(record, clock, log, settings.mode);
  const pace = new Pace(clock);
  const transport = new PacedTransport(parts.transport, pace);
  const oauth = new OAuthClient(transport, {
    apiBaseUrl: settings.apiBaseUrl,
    timeoutMs: timeouts.highLevelMs,
  });
  const onSent: OnSent = (place, stored) => keeper.learn(place, stored);
  const emergency = new Emergency(emergencyStore(parts, sealing.codec, alarms), alarms, log, random);
  const outbox = new Outbox(registry, clock, alarms, log, emergency, { random, onSent });
  const patienceMs = timeouts.storeMs;
  const takeBack = new TakeBack({ appId, emergency, outbox, clock, alarms, log, random, patienceMs });
  const pairs = new PairKeeper(outbox, clock);
  const ways = new WaysBackFinder({ appId, registry, apps, clients, clock, policy });
  const directory = new DirectoryGate(parts.directory, clock, alarms, storeLimit);

  const shared = { oauth, apps, clients, leases, clock, policy };
  const reconnect = new ReconnectRung({ ...shared, redirectUri: settings.redirectUri });
  const refresh = new RefreshRung({ ...shared, outbox, callLimitMs: timeouts.highLevelMs, random });
  const company: CompanyCredential = (companyId, demand) => keeper.obtain(keeper.placeOf({ companyId }), demand);
  const mint = new MintRung(oauth, company, leases, clock, policy);
  const climber = new Climber({
    registry,
    leases,
    outbox,
    takeBack,
    pairs,
    ways,
    directory,
    gate,
    rungs: { refresh, mint, reconnect },
    clock,
    log,
    policy,
    lease: settings.lease,
    companyKeyOf: (companyId) => keeper.placeOf({ companyId }).key,
    linkFor,
    random,
  });
  const failures = new FailureCache(clock, settings.cache.failureMs);
  const keeper: InstallationKeeper = new InstallationKeeper(appId, climber, cache, failures, clock, alarms, log, {
    policy,
    tokenWaitMs: timeouts.tokenWaitMs,
  });
  const { closedRungTryMs } = policy;
  const sweepSettings = { ...settings.job, windows, closedRungTryMs };
  const unfinished = new UnfinishedRotations(alarms, settings.lease);
  const sweeping = { appId, store, keeper, teller, ways, unfinished, clock, log, random };
  const sweeper = new Sweeper({ ...sweeping, settings: sweepSettings });
  const authorizations = new Authorizations({ appId, oauth, clients, registry, store, keeper, pairs, outbox, clock });

  const deliberate = new DeliberateRung({
    registry,
    keeper,
    leases,
    outbox,
    takeBack,
    pairs,
    gate,
    mintRung: mint,
    reconnectRung: reconnect,
    clock,
    log,
    lookIntervalMs: settings.lease.lookIntervalMs,
  });

  const jobs = new Later(async () => {
    const { createJobs } = await import('./jobs/create-jobs.js');
    return createJobs({
      ...{ settings, records, installations: store, directory: parts.directory, transport, pace },
      ...{ keeper, registry, deliberate, ways, clients },
      ...{ clock, policy, log, random },
    });
  });

  const shutdown = new Shutdown({
    // What was never loaded has nothing under way.
    jobs: { close: async () => (await jobs.made)?.close() },
    sealer: { stop: async () => (await sealer.made)?.stop() },
    ...{ keeper, authorizations, sweeper, reopener, takeBack, outbox, emergency, teller, alarms, log },
    limitMs: timeouts.shutdownMs,
    sinkLimitMs: timeouts.storeMs,
  });

  return {
    settings,
    keeper,
    authorizations,
    deliberate,
    jobs: () => jobs.get(),
    joinJobs: async () => {
      if (settings.mode === 'active' && (await hasOpenJobs(records, appId))) await (await jobs.get()).join();
    },
    registry,
    store,
    ways,
    clients,
    teller,
    clock,
    sweeper,
    gate,
    start: () => takeBack.start(),
    sealer: () => sealer.get(),
    prepare: () => sealing.begin(),
    health: () => ({ unsaved: outbox.size }),
    probeStore: async () => void (await records.findUnopened(`app/${appId}`)),
    dueOf: (stored) => store.dueOf(stored),
    log,
    linkFor,
    close: () => shutdown.run(),
  };
}

const emergencyStore = (
  { emergencySink, settings: { appId, timeouts } }: EngineParts,
  codec: BodyCodec,
  alarms: Alarms,
): EmergencyStore | undefined =>
  emergencySink && new EmergencyStore(emergencySink, codec, alarms, { appId, timeoutMs: timeouts.storeMs });
