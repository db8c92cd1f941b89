import { authorizationUrl } from './decision/authorization-url.js';
import type { Policy } from './decision/policy.js';
import type { Settings } from './config/settings.js';
import { ClientPairs } from './highlevel/client-pairs.js';
import { OAuthClient } from './highlevel/oauth-client.js';
import type { HighLevelTransport } from './highlevel/transport.js';
import type { Installation } from './installation/installation.js';
import type { Log } from './logging/log.js';
import { AppRungs } from './recovery/app-rungs.js';
import { Authorizations } from './recovery/authorizations.js';
import { Climber } from './recovery/climber.js';
import { CredentialCache } from './recovery/credential-cache.js';
import { DirectoryGate, type InstallationDirectory } from './recovery/directory.js';
import { FailureCache } from './recovery/failure-cache.js';
import { InstallationKeeper } from './recovery/installation-keeper.js';
import { InstallationRegistry } from './recovery/installation-registry.js';
import { Leases } from './recovery/leases.js';
import { Outbox, type OnSent } from './recovery/outbox.js';
import { PairKeeper } from './recovery/pair-keeper.js';
import { DeliberateRung } from './recovery/deliberate-rung.js';
import { MintRung, type CompanyCredential } from './recovery/rungs/mint.rung.js';
import { ReconnectRung } from './recovery/rungs/reconnect.rung.js';
import { RefreshRung } from './recovery/rungs/refresh.rung.js';
import { Sweeper } from './recovery/sweeper.js';
import { Teller, type GhlAuthListener } from './recovery/teller.js';
import { WaysBackFinder } from './recovery/ways-back.js';
import type { SealingKeyProvider } from './sealing/host-keys.js';
import { RecordSealer } from './sealing/record-sealer.js';
import { createSealing } from './sealing/sealing.js';
import { AppStore } from './storage/app-store.js';
import type { GhlAuthRepository } from './storage/ghl-auth.repository.js';
import { InstallationStore, type Stored } from './storage/installation-store.js';
import { RecordStore } from './storage/record-store.js';
import { Alarms } from './time/alarms.js';
import type { Clock } from './time/clock.js';
import { waitFor } from './time/wait-for.js';

/** What the engine stands on: everything that reaches out of it. */
export interface EngineParts {
  readonly settings: Settings;
  readonly repository: GhlAuthRepository;
  readonly directory: InstallationDirectory | undefined;
  readonly listener: GhlAuthListener | undefined;
  readonly sealingKeys?: SealingKeyProvider | undefined;
  readonly transport: HighLevelTransport;
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
  readonly mintRung: MintRung;
  readonly reconnectRung: ReconnectRung;
  readonly registry: InstallationRegistry;
  readonly clients: ClientPairs;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly sweeper: Sweeper;
  readonly sealer: RecordSealer;
  readonly log: Log;
  /** Makes ready what a start should not leave to the first caller. @throws {GhlAuthError} `GHL_CONFIG_INVALID` */
  begin(): Promise<void>;
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
  const clients = new ClientPairs(settings.clients);
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
  const sealer = new RecordSealer(appId, records, sealing.ring, log);
  const windows = { ...settings.refresh, ...settings.job };
  const store = new InstallationStore(records, clock, { windows, keepUntold: parts.listener !== undefined });
  const cache = new CredentialCache({ ...settings.cache, windows: policy.windows });
  const listenerLimit = { timeoutMs: timeouts.listenerMs, random };
  const teller = new Teller(store, parts.listener, linkFor, alarms, log, listenerLimit);
  const registry = new InstallationRegistry(store, cache, teller, clock, log);
  const leases = new Leases(registry, clock, settings.lease.ttlMs);
  const apps = new AppRungs(new AppStore(records, appId), policy, clock, log);
  const oauth = new OAuthClient(parts.transport, {
    apiBaseUrl: settings.apiBaseUrl,
    timeoutMs: timeouts.highLevelMs,
  });
  const onSent: OnSent = (place, stored) => keeper.learn(place, stored);
  const outbox = new Outbox(registry, clock, alarms, log, { random, onSent });
  const pairs = new PairKeeper(outbox);
  const ways = new WaysBackFinder({ appId, registry, apps, clients, clock, policy });
  const directory = new DirectoryGate(parts.directory, clock, alarms, storeLimit);

  const shared = { oauth, apps, leases, clock, policy };
  const reconnect = new ReconnectRung({ ...shared, redirectUri: settings.redirectUri }, clients);
  const refresh = new RefreshRung({ ...shared, clients, outbox, callLimitMs: timeouts.highLevelMs, random });
  const company: CompanyCredential = (companyId, demand) => keeper.obtain(keeper.placeOf({ companyId }), demand);
  const mint = new MintRung(oauth, company, leases, clock, policy);
  const climber = new Climber({
    registry,
    leases,
    outbox,
    pairs,
    ways,
    directory,
    rungs: { refresh, mint, reconnect },
    clock,
    log,
    policy,
    lease: settings.lease,
    linkFor,
    random,
  });
  const failures = new FailureCache(clock, settings.cache.failureMs);
  const keeper: InstallationKeeper = new InstallationKeeper(appId, climber, cache, failures, clock, alarms, log, {
    policy,
    tokenWaitMs: timeouts.tokenWaitMs,
  });
  const sweeper = new Sweeper({ appId, store, keeper, teller, clock, log, settings: { ...settings.job, windows } });
  const authorizations = new Authorizations({ appId, oauth, registry, store, keeper, pairs, clock });

  const close = async (): Promise<void> => {
    const limitMs = timeouts.shutdownMs;
    const onTimeout = (): Error =>
      new Error(`shutdown: not everything under way ended within ${limitMs} ms (timeouts.shutdownMs)`);
    const ending = Promise.all([keeper.close(), authorizations.settled(), sweeper.settled(), sealer.stop()])
      .then(() => outbox.drain())
      .then(() => teller.settled());
    await waitFor(ending, alarms, { limitMs, onTimeout }).catch((error: Error) => log.error(error.message));
    const keys = outbox.stop();
    if (keys.length > 0) log.error('Shut down with what the store has not taken: it is lost', { keys });
    teller.stop();
  };

  return {
    settings,
    keeper,
    authorizations,
    deliberate: new DeliberateRung({
      registry,
      keeper,
      leases,
      outbox,
      pairs,
      clock,
      log,
      lookIntervalMs: settings.lease.lookIntervalMs,
    }),
    mintRung: mint,
    reconnectRung: reconnect,
    registry,
    clients,
    teller,
    clock,
    sweeper,
    sealer,
    begin: () => sealing.begin(),
    health: () => ({ unsaved: outbox.size }),
    probeStore: async () => void (await records.findUnopened(`app/${appId}`)),
    dueOf: (stored) => store.dueOf(stored),
    log,
    linkFor,
    close,
  };
}
