import { ManualClock } from '../manual-clock.js';
import { type ApiResource, ownResource } from './endpoints/own-resource.js';
import { Engine } from './engine.js';
import type { FaultAction, FaultHandle, FaultMatch, FaultOptions } from './faults/fault.js';
import type { Ledger } from './ledger/ledger.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import { Randomness } from './randomness.js';
import { makeSettings, type PartialSettings, type ReconnectMode, type SimulatorSettings } from './settings.js';
import {
  type SignedWebhook,
  type WebhookPublicKeys,
  type WebhookSignatures,
  WebhookSigner,
} from './webhooks/webhook-signer.js';
import type { SimulatedAnswer, SimulatedRequest } from './wire.js';
import type { KeyPair, SimulatedApp, SimulatedAppOptions } from './world/apps.js';
import { describeToken, type TokenDescription } from './world/describe-token.js';
import type { SimulatedInstallation } from './world/installation.js';
import type { CompanyInstallOptions, InstallOptions, InstallResult } from './world/install-options.js';
import { Installer } from './world/installer.js';
import { type PlaceRef, placeKey, type SimulatedCompany, type SimulatedLocation } from './world/place.js';
import type { SimulatedWebhook } from './world/webhook.js';
import { World } from './world/world.js';

/** How a simulator starts. */
export interface SimulatorOptions {
  /** Makes a run repeatable. @default another one every time, readable as `simulator.seed` */
  readonly seed?: string;
  /** HighLevel's clock. @default a {@link ManualClock} of its own */
  readonly clock?: { now(): number };
  /** What differs from the defaults. */
  readonly settings?: PartialSettings;
}

/**
 * HighLevel in a box: the OAuth endpoints, a few API resources, and a ledger of everything that was asked of it. A pure
 * engine: `handle` answers at once and does no I/O. For the module under test wrap it in a `SimulatorTransport` (in
 * process) or a `SimulatorServer` (real HTTP on loopback).
 *
 * ```ts
 * const simulator = new HighLevelSimulator({ settings: { mint: { refreshToken: false } } });
 * const app = simulator.addApp();                                // app.client → { clientId, clientSecret }
 * const { locationId } = simulator.addLocation();
 * const { code } = simulator.installLocation(locationId);        // what the OAuth callback gets
 *
 * simulator.expireAccessToken({ locationId });                   // trouble
 * simulator.setReconnect('removed');
 * simulator.fault({ match: { path: '/oauth/token' }, do: 'lost' });
 * await simulator.clock.advance(86_400_000);
 *
 * const mark = simulator.ledger.mark();                          // what happened
 * expect(simulator.ledger.since(mark).rotations({ locationId })).toHaveLength(1);
 * expect(simulator.ledger.presentedTwice()).toEqual([]);
 * ```
 */
export class HighLevelSimulator {
  /** How it behaves; may be changed at any time. */
  readonly settings: SimulatorSettings;
  private readonly world: World;
  private readonly engine: Engine;
  private readonly installer: Installer;
  private readonly signer = new WebhookSigner();
  private readonly time: { now(): number };

  constructor(options: SimulatorOptions = {}) {
    this.settings = makeSettings(options.settings);
    this.time = options.clock ?? new ManualClock();
    this.world = new World(this.settings, new Randomness(options.seed), () => this.time.now());
    this.engine = new Engine(this.world);
    this.installer = new Installer(this.world);
  }

  /** The clock that tests move. @throws where the simulator was given a clock of another kind */
  get clock(): ManualClock {
    if (this.time instanceof ManualClock) return this.time;
    throw new Error('This simulator runs on the clock that it was given, which is no ManualClock');
  }

  /** HighLevel's time, in ms since the epoch. */
  now(): number {
    return this.time.now();
  }

  /** Everything that was asked of it. */
  get ledger(): Ledger {
    return this.engine.ledger;
  }

  get seed(): string {
    return this.world.random.seed;
  }

  /** Every webhook payload that installs and uninstalls have produced. Nothing is sent. */
  get webhooks(): readonly SimulatedWebhook[] {
    return this.world.webhooks;
  }

  /** What webhooks of this run are verified with. Made when first asked for. */
  get webhookKeys(): WebhookPublicKeys {
    return this.signer.publicKeys;
  }

  /** A webhook as it comes over the wire. To have it brought, with retries, out of order or twice, use a `WebhookCourier`. */
  signWebhook(payload: object, signatures: WebhookSignatures = 'both'): SignedWebhook {
    return this.signer.sign(payload, signatures);
  }

  /** Answers one request. Unless `deferred`, its ledger entry counts as delivered at once. */
  handle(request: SimulatedRequest, options: { readonly deferred?: boolean } = {}): SimulatedAnswer {
    return this.engine.handle(request, options.deferred ?? false);
  }

  /** Says of a `deferred` answer whether it has gone out whole. The first word counts. */
  settle(entry: LedgerEntry, delivered: boolean): void {
    this.ledger.settle(entry, delivered);
  }

  addApp(options: SimulatedAppOptions = {}): SimulatedApp {
    return this.world.addApp(options);
  }

  /** Every app, in the order in which they were added. */
  get apps(): readonly SimulatedApp[] {
    return this.world.allApps();
  }

  addCompany(
    options: Partial<Pick<SimulatedCompany, 'companyId' | 'name'>> & {
      readonly whiteLabel?: NonNullable<SimulatedCompany['whiteLabel']>;
    } = {},
  ): SimulatedCompany {
    return this.world.places.addCompany(options);
  }

  /** Without `companyId` it gets a company of its own. Where an app was installed for future locations, it is installed. */
  addLocation(
    options: {
      readonly locationId?: string;
      readonly companyId?: string;
      readonly name?: string;
      readonly address?: string;
    } = {},
  ): SimulatedLocation {
    const location = this.world.places.addLocation(options);
    this.installer.locationAdded(location);
    return location;
  }

  /** Cancels or pauses the place's subscription: "Location is not active". */
  deactivate(place: PlaceRef): void {
    this.world.places.setActive(place, false);
  }

  activate(place: PlaceRef): void {
    this.world.places.setActive(place, true);
  }

  /** A sub-account user installs the app; a location that does not exist is added. */
  installLocation(locationId: string, options: InstallOptions = {}): InstallResult {
    return this.installer.installLocation(this.world.places.addLocation({ locationId }), options);
  }

  /** An agency user installs the app; a company that does not exist is added. */
  installCompany(companyId: string, options: CompanyInstallOptions = {}): InstallResult {
    this.world.places.addCompany({ companyId });
    return this.installer.installCompany(companyId, options);
  }

  /** A customer follows an authorization link and picks a place. @throws where the page would not offer that */
  followAuthorizationLink(link: string, place: PlaceRef): InstallResult {
    return this.installer.followLink(link, place);
  }

  /** A second authorization without an uninstall: another code for the same installation. */
  authorizeAgain(place: PlaceRef, options: InstallOptions = {}): InstallResult {
    return this.installer.authorizeAgain(this.installation(place), options);
  }

  /** The customer removes the app; a company takes its locations with it. Answers the UNINSTALL payload. */
  uninstall(place: PlaceRef): SimulatedWebhook {
    return this.installer.uninstall(this.installation(place));
  }

  /** Uninstalls where installed, and installs again with the same key pair and scopes. */
  reinstall(place: PlaceRef, options: CompanyInstallOptions = {}): InstallResult {
    const before = this.world.installations.latestIn(place);
    const { app, clientId, scopes, companyId, locationId, isBulk: bulk, futureLocations } = before;
    if (before.installed) this.installer.uninstall(before);
    const same = { appId: app.appId, clientId, scopes, bulk, futureLocations, ...options };
    return locationId === undefined ? this.installCompany(companyId, same) : this.installLocation(locationId, same);
  }

  /** The installation as HighLevel sees it. @throws where the app is not installed there now */
  installation(place: PlaceRef): SimulatedInstallation {
    const found = this.world.installations.latestIn(place);
    if (!found.installed) throw new Error(`The app is not installed in ${placeKey(place)} any more`);
    return found;
  }

  /** Exchanges a fresh authorization itself, past the ledger: for tests that begin with a stored pair. */
  issueTokens(place: PlaceRef, client?: KeyPair): { readonly accessToken: string; readonly refreshToken: string } {
    return this.installer.issueTokens(this.installation(place), client?.clientId);
  }

  /** Access tokens of the place have run out. */
  expireAccessToken(place: PlaceRef): void {
    this.world.installations.eachToken(place, (token) => {
      if (token.kind === 'access') token.expiresAt = Math.min(token.expiresAt, this.now());
    });
  }

  /** Access tokens of the place die before their time. */
  killAccessToken(place: PlaceRef): void {
    this.world.installations.eachToken(place, (token) => (token.killed ||= token.kind === 'access'));
  }

  /** Refresh tokens of the place die. */
  killRefreshToken(place: PlaceRef): void {
    this.world.installations.eachToken(place, (token) => (token.killed ||= token.kind === 'refresh'));
  }

  /** Every token dies, of one place or of all: the incident of October 2024. */
  invalidateAll(place?: PlaceRef): void {
    const installations = place ? this.world.installations.inPlace(place) : this.world.installations.all();
    for (const installation of installations) this.world.vault.kill(installation, 'all');
  }

  /** What `/oauth/reconnect` is to an app, a place or both; without a scope, to all that have no mode of their own. */
  setReconnect(mode: ReconnectMode, scope: { readonly appId?: string; readonly place?: PlaceRef } = {}): void {
    if (scope.appId === undefined && scope.place === undefined) this.settings.reconnect.mode = mode;
    else this.world.reconnectModes.set(`${scope.appId ?? ''}|${scope.place ? placeKey(scope.place) : ''}`, mode);
  }

  /** Scripts a fault. Faults are tried in the order in which they were set up. */
  fault(options: FaultOptions): FaultHandle {
    return this.engine.faults.add(options);
  }

  /** Every matching request fails until the handle's `end()`. @param action @default status 503 */
  outage(action: FaultOptions['do'] = { status: 503 }, match: FaultMatch = {}): FaultHandle {
    return this.fault({ match, times: 'forever', do: action });
  }

  /** API calls get this answer whatever their token, until the handle's `end()` or for so many `times`. */
  forceApiAnswer(
    answer: NonNullable<FaultAction['answer']> | FaultAction,
    options: { readonly place?: PlaceRef; readonly path?: string | RegExp; readonly times?: number } = {},
  ): FaultHandle {
    const key = options.place && placeKey(options.place);
    return this.fault({
      times: options.times ?? 'forever',
      do: typeof answer === 'string' ? { answer } : answer,
      match: {
        path: options.path ?? 'api',
        when: (_, entry) => key === undefined || entry.place === key,
      },
    });
  }

  /** Adds a resource to the API, or stands in for one that is there. Versions, tokens, scopes and limits are judged as for any other. */
  addResource(resource: ApiResource): void {
    this.engine.resources.unshift(ownResource(resource));
  }

  clearFaults(): void {
    this.engine.faults.clear();
  }

  /** Every secret of this run: client secrets, codes, tokens, also those that faults made up. */
  secrets(): string[] {
    return this.world.vault.secrets();
  }

  /** What has become of a token or code; `undefined` where this simulator never made it. */
  describeToken(value: string): TokenDescription | undefined {
    return describeToken(this.world, value);
  }
}
