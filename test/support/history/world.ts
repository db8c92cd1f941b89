import type { GhlAuthRecord } from '../../../lib/storage/ghl-auth.repository.js';
import { HighLevelSimulator, type SimulatedApp } from '../../../lib/testing.js';
import type { FaultHandle } from '../../../lib/testing/simulator/faults/fault.js';
import { placeKey } from '../../../lib/testing/simulator/world/place.js';
import { FaultySink } from '../faulty-sink.js';
import { PLACES, type Cast, type PlaceName } from './cast.js';
import { Chronicle } from './chronicle.js';
import { settingsOf, type Circumstances } from './circumstances.js';
import { Customers } from './customers.js';
import { Fleet } from './fleet.js';
import { HistoryClock } from './history-clock.js';
import { Host } from './host.js';
import { Interleaving } from './interleaving.js';
import type { Network } from './line.js';
import type { Member } from './member.js';
import { StoreLog } from './store-log.js';
import type { Surroundings } from './surroundings.js';

const MINUTE = 60_000;

/** A fleet on one store, a simulated HighLevel, a host and its customers; and whatever befalls them. */
export class World {
  readonly chronicle = new Chronicle();
  readonly simulator: HighLevelSimulator;
  readonly app: SimulatedApp;
  readonly interleaving: Interleaving;
  readonly clock: HistoryClock;
  readonly store: StoreLog;
  readonly casts: readonly Cast[];
  readonly host: Host;
  readonly customers: Customers;
  readonly network: Network;
  readonly fleet: Fleet;
  /** Shared by all instances, if the host has one. */
  readonly sink = new FaultySink();
  /** Backups of the store that were made. */
  readonly backups: (readonly GhlAuthRecord[])[] = [];
  /** Places that HighLevel calls not active. */
  readonly inactive = new Set<PlaceName>();
  /** Faults at HighLevel that last until somebody ends them. */
  readonly outages = new Map<string, FaultHandle>();
  /** What was done, in words. */
  readonly steps: { readonly tick: number; readonly at: number; readonly name: string; readonly text: string }[] = [];

  private constructor(readonly given: Circumstances) {
    this.simulator = new HighLevelSimulator({ seed: String(given.seed), settings: settingsOf(given) });
    this.app = this.simulator.addApp();
    this.interleaving = new Interleaving(given.seed);
    this.clock = new HistoryClock(this.simulator.clock, this.interleaving);
    this.store = new StoreLog(this.chronicle, this.clock);
    const { chronicle, clock, interleaving, simulator, store } = this;
    const surroundings: Surroundings = { chronicle, clock, interleaving, simulator, store };
    this.casts = this.found();
    this.host = new Host(surroundings, this.casts);
    this.customers = new Customers(simulator, this.casts, this.host);
    this.network = {
      tricks: [],
      castOf: (key) => this.casts.find((cast) => cast.placeKey === key),
      isOnPurpose: (member, cast) => this.host.isOnPurpose(member, cast),
    };
    this.fleet = new Fleet(surroundings, given, {
      app: this.app,
      network: this.network,
      directory: this.host.directory,
      listenerOf: (member) => this.host.listenerOf(member),
      emergencySink: given.hasSink ? this.sink : undefined,
    });
  }

  /** Everybody has installed the app, and some time has gone by. */
  static async begun(given: Circumstances): Promise<World> {
    const world = new World(given);
    world.customers.installAll(world.fleet.at(0));
    await world.clock.pass(MINUTE);
    world.simulator.clock.jump(given.age * given.lifetimeMs);
    if (world.casts.some(({ isTakenIn }) => !isTakenIn)) throw new Error('Not everybody could install the app');
    return world;
  }

  /** Whether HighLevel offers Reconnect to the app now. */
  get offersReconnect(): boolean {
    return this.simulator.settings.reconnect.mode === 'available';
  }

  /** A place by its name. */
  readonly cast = (name: PlaceName): Cast => this.customers.named(name);

  /** Whoever is running and not stopped, for what a host would do on any instance that answers. */
  anyMember(): Member {
    return (
      this.fleet.members.find(({ process, closing }) => !process.isStopped && closing === null) ?? this.fleet.at(0)
    );
  }

  private found(): Cast[] {
    const agency = this.simulator.addCompany();
    return PLACES.map((name) => {
      const ref = this.refOf(name, agency.companyId);
      const kind = ref.locationId === undefined ? 'company' : 'location';
      const key = `installation/${this.app.appId}/${kind}/${ref.locationId ?? ref.companyId}`;
      const state = { isInstalled: false, isOnItsOwn: false, isTakenIn: false, actedAt: 0 };
      return { name, ref, placeKey: placeKey(ref), key, ...state };
    });
  }

  private refOf(
    name: PlaceName,
    agencyId: string,
  ): { locationId: string; companyId: string } | { companyId: string; locationId?: never } {
    if (name === 'agency') return { companyId: agencyId };
    const isOfAgency = name === 'salon' || name === 'spa';
    const { locationId, companyId } = this.simulator.addLocation(isOfAgency ? { companyId: agencyId } : {});
    return { locationId, companyId };
  }
}
