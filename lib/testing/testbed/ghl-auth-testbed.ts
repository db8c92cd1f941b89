import type { GhlAuthOptions } from '../../config/ghl-auth-options.js';
import type { Settings } from '../../config/settings.js';
import type { TokenService } from '../../services/token.service.js';
import { InMemoryRepository } from '../../storage/in-memory.repository.js';
import { ManualClock } from '../manual-clock.js';
import { HighLevelSimulator, type SimulatorOptions } from '../simulator/high-level-simulator.js';
import type { Ledger } from '../simulator/ledger/ledger.js';
import type { LedgerView } from '../simulator/ledger/ledger-view.js';
import type { SimulatedApp, SimulatedAppOptions } from '../simulator/world/apps.js';
import type { CompanyInstallOptions, InstallOptions } from '../simulator/world/install-options.js';
import { SimulatorTransport } from '../simulator-transport.js';
import type { TravellingClock } from '../travelling-clock.js';
import { type OverrideOptions, overrideParts, type TestingBuilder } from './override-parts.js';

/** How a {@link GhlAuthTestbed} starts. */
export interface GhlAuthTestbedOptions extends Pick<SimulatorOptions, 'seed' | 'settings'> {
  /**
   * The time, of the module and of HighLevel.
   * @default a {@link ManualClock} that begins now and moves by itself whenever somebody waits
   */
  readonly clock?: ManualClock | TravellingClock;
}

/** Which registration of the module it is about, where several run on a testbed. */
export interface OfRegistration {
  /** Its `name`. @default the only one */
  readonly name?: string;
}

/** A registration of the module that runs on a testbed. */
interface Connected {
  readonly name: string | undefined;
  readonly appId: string;
  readonly tokens: TokenService;
}

/**
 * A simulated HighLevel in this process, what the module needs to run on it, and short ways to do what tests do all the time. Nothing
 * listens and nothing keeps the process alive, so there is nothing to close.
 *
 * From `GhlAuthTestingModule` it comes with `module.get(GhlAuthTestbed)`; for an application with a registration of its own make one and
 * hand the builder to {@link override}.
 */
export class GhlAuthTestbed {
  /** The time: `advance(86_400_000)` is a day later. */
  readonly clock: ManualClock | TravellingClock;
  readonly simulator: HighLevelSimulator;
  /** What the module has stored. */
  readonly repository = new InMemoryRepository();
  /** Carries everything that is sent with a token, and the module's own calls. */
  readonly transport: SimulatorTransport;
  private readonly connected: Connected[] = [];

  constructor(options: GhlAuthTestbedOptions = {}) {
    const { clock = new ManualClock({ start: Date.now(), autoAdvance: true }), ...own } = options;
    this.clock = clock;
    this.simulator = new HighLevelSimulator({ ...own, clock });
    this.transport = new SimulatorTransport(this.simulator, { clock });
  }

  /** Every request that reached HighLevel. */
  get ledger(): Ledger {
    return this.simulator.ledger;
  }

  /** For code that sends tokens itself, with `fetch`. Put it where that code finds its `fetch`. */
  get fetch(): typeof globalThis.fetch {
    return this.transport.network.fetch;
  }

  /**
   * A sub-account user installs the app, and the backend exchanges the code: services that call HighLevel for this location just work.
   * @param locationId added where it does not exist @default a new one
   */
  async installLocation(
    locationId: string = this.simulator.addLocation().locationId,
    options: InstallOptions & OfRegistration & { readonly companyId?: string } = {},
  ): Promise<{ readonly locationId: string; readonly companyId: string }> {
    const { tokens, appId } = this.connection(options);
    const { companyId, ...install } = options;
    if (companyId !== undefined) this.simulator.addLocation({ locationId, companyId });
    const { code, installation } = this.simulator.installLocation(locationId, { ...install, appId });
    await tokens.exchangeCode(code, exchangeOptions(options));
    return { locationId, companyId: installation.companyId };
  }

  /**
   * An agency user installs the app, for all of the company's locations or those in `locations`, and the backend exchanges the code. Tokens of
   * its locations are minted when they are first asked for with `{ locationId, companyId }`.
   * @param companyId added where it does not exist @default a new one
   */
  async installCompany(
    companyId: string = this.simulator.addCompany().companyId,
    options: CompanyInstallOptions & OfRegistration = {},
  ): Promise<{ readonly companyId: string }> {
    const { tokens, appId } = this.connection(options);
    const { code } = this.simulator.installCompany(companyId, { ...options, appId });
    await tokens.exchangeCode(code, exchangeOptions(options));
    return { companyId };
  }

  /** Lets time pass, for the module and for HighLevel (ms). */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** What reaches HighLevel while something is done. */
  async during<T>(work: () => T | Promise<T>): Promise<{ readonly result: T; readonly ledger: LedgerView }> {
    const mark = this.ledger.mark();
    const result = await work();
    return { result, ledger: this.ledger.since(mark) };
  }

  /**
   * Puts every registration of `GhlAuthModule` in an application on this testbed, whatever it is registered with: the simulator knows its key
   * pairs, its records are kept in memory, and its job does not run by itself.
   *
   * ```ts
   * const testbed = new GhlAuthTestbed();
   * const module = await testbed.override(Test.createTestingModule({ imports: [AppModule] })).compile();
   * ```
   *
   * @param builder of `@nestjs/testing`; overrides of your own come before or after
   * @returns the builder
   */
  override<Builder extends TestingBuilder>(builder: Builder, options: OverrideOptions = {}): Builder {
    overrideParts(builder, this, options);
    return builder;
  }

  /** Makes an app known to the simulator, with the key pairs and the rest of a backend's own settings. @internal */
  adopt({ appId, clients, redirectUri, scopes, apiBaseUrl, allowedHosts }: Settings): void {
    this.addHosts({ apiBaseUrl, allowedHosts: [...allowedHosts] });
    this.appFor({ appId, keyPairs: clients, scopes, ...(redirectUri && { redirectUris: [redirectUri] }) });
  }

  /** The app of these key pairs where it is known, as when a test file starts its application again; or a new one. @internal */
  appFor(options: SimulatedAppOptions): SimulatedApp {
    const { keyPairs = [], appId = keyPairs[0]?.clientId.split('-')[0] } = options;
    const known = this.simulator.apps.find((app) => app.appId === appId);
    if (known === undefined) return this.simulator.addApp(options);
    for (const pair of keyPairs) known.addKeyPair(pair);
    return known;
  }

  /** Lets the hosts of a white label resolve. @internal */
  addHosts({ apiBaseUrl, allowedHosts = [] }: Pick<GhlAuthOptions, 'apiBaseUrl' | 'allowedHosts'>): void {
    if (apiBaseUrl !== undefined && URL.canParse(apiBaseUrl)) this.transport.addHost(new URL(apiBaseUrl).host);
    for (const host of allowedHosts) this.transport.addHost(host);
  }

  /** A registration has started; one of the same name before it is over. @internal */
  connect(registration: Connected): void {
    const index = this.connected.findIndex(({ name }) => name === registration.name);
    this.connected.splice(index < 0 ? this.connected.length : index, 1, registration);
  }

  private connection({ name, appId }: OfRegistration & Pick<InstallOptions, 'appId'>): Connected {
    const matching = this.connected.filter(
      (one) => (name === undefined || one.name === name) && (appId === undefined || one.appId === appId),
    );
    const [found, second] = matching;
    if (found && !second) return found;
    if (second)
      throw new Error(`Several registrations run on this testbed: say which with { name } (${namesOf(matching)})`);
    throw new Error(
      this.connected.length === 0
        ? 'No registration of GhlAuthModule runs on this testbed yet: compile() the testing module first'
        : `No registration on this testbed is the one that is asked for: there are ${namesOf(this.connected)}`,
    );
  }
}

const namesOf = (registrations: readonly Connected[]): string =>
  registrations
    .map(({ name, appId }) => (name === undefined ? `one without a name (${appId})` : `'${name}'`))
    .join(', ');

const exchangeOptions = ({ clientId, redirectUri }: InstallOptions): { clientId?: string; redirectUri?: string } => ({
  ...(clientId !== undefined && { clientId }),
  ...(redirectUri !== undefined && { redirectUri }),
});
