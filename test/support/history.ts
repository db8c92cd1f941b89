import { isGhlAuthError } from '../../lib/errors/ghl-auth-error.js';
import type { LedgerEntry } from '../../lib/testing.js';
import type { PartialSettings } from '../../lib/testing/simulator/settings.js';
import type { FaultAction } from '../../lib/testing/simulator/faults/fault.js';
import type { GhlAuthRecord } from '../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository, type StoreFault } from './faulty-repository.js';
import { makeKey } from './sealing.js';
import { SimulatedProcess } from './simulated-process.js';
import { Workbench, type Instance } from './workbench.js';

/** One step of a history. Numbers choose among instances and installations, whatever their number. */
export type Step =
  | { readonly do: 'want' | 'reject' | 'rotate' | 'reconnect'; readonly at: number; readonly of: number }
  | { readonly do: 'expire' | 'kill' | 'pause' | 'resume' | 'drop'; readonly of: number }
  | { readonly do: 'uninstall' | 'reinstall'; readonly at: number; readonly of: number }
  | { readonly do: 'crash' | 'stop' | 'wake' | 'sweep' | 'reseal'; readonly at: number }
  | { readonly do: 'crashAt'; readonly at: number; readonly port: string; readonly moment: 'before' | 'after' }
  | { readonly do: 'store'; readonly fault: StoreFault; readonly on: 'find' | 'save'; readonly times: number }
  | { readonly do: 'highlevel'; readonly fault: FaultAction; readonly times: number }
  | { readonly do: 'backup' | 'restore' | 'mend' }
  | { readonly do: 'pass'; readonly ms: number };

interface Place {
  readonly locationId: string;
  readonly companyId: string;
  isInstalled: boolean;
  /** The customer's latest authorization has been taken in. */
  isAuthorized: boolean;
}

interface Member {
  readonly process: SimulatedProcess;
  readonly instance: Instance;
}

/** Something because of which nobody can know what another process knew. */
interface Excuse {
  readonly at: number;
  readonly process: SimulatedProcess | null;
}

const S = 1_000;
const HOUR = 3_600_000;
const SKEWS_MS = [0, 20 * S, -20 * S];
/** A fleet in the midst of rotating its sealing key: instances differ in which of the two seals. */
const KEYS = [makeKey('old'), makeKey('new')] as const;
const TELLS = new Set(['GHL_UNINSTALLED', 'GHL_INSTALLATION_UNKNOWN']);

/** A fleet on one store, a simulated HighLevel, and whatever befalls them. */
export class History {
  readonly bench: Workbench;
  readonly store: FaultyRepository;
  /** Everything that went against a rule. */
  readonly violations: string[] = [];
  private readonly members: Member[] = [];
  private readonly all: Member[] = [];
  private readonly places: Place[] = [];
  private readonly asked: Promise<void>[] = [];
  private readonly excuses: Excuse[] = [];
  private saved: readonly GhlAuthRecord[] = [];

  constructor(
    seed: string,
    settings: PartialSettings = {},
    private readonly isSealed = false,
  ) {
    this.bench = new Workbench({ seed, settings });
    this.store = new FaultyRepository(this.bench.store);
    this.store.onFault = () => this.excuse(null);
  }

  async begin(instances: number, places: number): Promise<void> {
    for (let n = 0; n < instances; n += 1) this.members.push(this.member());
    for (let n = 0; n < places; n += 1) {
      const place = await this.bench.installed(this.members[0]!.instance);
      this.places.push({ ...place, isInstalled: true, isAuthorized: true });
    }
    await this.pass(23 * HOUR);
  }

  /** One step, without waiting for what it began. */
  async take(step: Step): Promise<void> {
    await this.act(step);
    await this.pass(1);
    this.replaceDead();
  }

  /** All faults stop, customers do what they were about to, time passes; then everything that can be well has to be. */
  async end(): Promise<void> {
    const { simulator } = this.bench;
    this.store.mend();
    simulator.clearFaults();
    for (const { process } of this.members) process.endPlans();
    this.replaceDead();
    for (const { process } of this.members) process.wake();
    for (const place of this.places) simulator.activate({ locationId: place.locationId });
    await this.pass(60 * S);
    for (const place of this.places) {
      if (!place.isInstalled) this.ask(this.members[0]!.instance.tokens.markUninstalled(place));
      else if (!place.isAuthorized) this.exchange(this.members[0]!, place, simulator.authorizeAgain(place).code);
    }
    for (let round = 0; round < 9; round += 1) {
      for (const place of this.places)
        for (const { instance } of this.members) this.ask(instance.tokens.getAccessToken(place));
      await this.pass(HOUR);
    }
    await this.settle();
    for (const place of this.places) await this.checkOutcome(place);
    this.checkLedger();
  }

  private async act(step: Step): Promise<void> {
    const { simulator } = this.bench;
    switch (step.do) {
      case 'want':
        return this.ask(this.at(step).instance.tokens.getAccessToken(this.of(step)));
      case 'reject':
        return this.ask(this.reject(this.at(step).instance, this.of(step)));
      case 'rotate':
        return this.ask(this.at(step).instance.tokens.refresh(this.of(step)));
      case 'reconnect':
        return this.ask(this.at(step).instance.reconnects.reconnect(this.of(step)));
      case 'sweep':
        return this.ask(this.at(step).instance.engine.sweeper.run());
      case 'reseal':
        return this.ask(this.at(step).instance.engine.sealer.reseal());
      case 'expire':
        return simulator.killAccessToken(this.of(step));
      case 'kill':
        return simulator.invalidateAll({ locationId: this.of(step).locationId });
      case 'pause':
        return simulator.deactivate({ locationId: this.of(step).locationId });
      case 'resume':
        return simulator.activate({ locationId: this.of(step).locationId });
      case 'drop':
        this.excuse(null);
        return this.bench.dropRecord(this.members[0]!.instance, this.of(step));
      case 'uninstall':
        return this.uninstall(this.at(step), this.of(step));
      case 'reinstall':
        return this.reinstall(this.at(step), this.of(step));
      case 'crash':
        return this.at(step).process.kill();
      case 'crashAt':
        return this.at(step).process.killAt((port) => port === step.port, step.moment);
      case 'stop':
        this.excuse(this.at(step).process);
        return this.at(step).process.stop();
      case 'wake':
        this.excuse(this.at(step).process);
        return this.at(step).process.wake();
      case 'store':
        return this.store.fail(step.fault, { on: step.on, times: step.times });
      case 'mend':
        return this.store.mend();
      case 'highlevel':
        return void simulator.fault({ match: { path: 'oauth' }, times: step.times, do: step.fault });
      case 'backup':
        this.saved = await this.store.backup();
        return;
      case 'restore':
        this.excuse(null);
        return this.store.restore(this.saved);
      case 'pass':
        return this.pass(step.ms);
    }
  }

  private member(): Member {
    const process = new SimulatedProcess();
    // Clocks of machines differ.
    process.skewMs = SKEWS_MS[this.all.length % SKEWS_MS.length] ?? 0;
    const directory = {
      find: (ref: object) => {
        const place = this.places.find(({ locationId }) => 'locationId' in ref && ref.locationId === locationId);
        return place?.isInstalled ? {} : null;
      },
    };
    const keys = this.all.length % 2 === 0 ? KEYS : [...KEYS].reverse();
    const options = this.isSealed ? { sealing: { keys } } : {};
    const member = { process, instance: this.bench.instance({ process, repository: this.store, directory, options }) };
    this.all.push(member);
    return member;
  }

  /** A process that was killed is started anew at once. */
  private replaceDead(): void {
    for (const [n, { process }] of this.members.entries()) {
      if (process.isAlive) continue;
      this.excuse(process);
      this.members[n] = this.member();
    }
  }

  private uninstall({ instance }: Member, place: Place): void {
    if (!place.isInstalled) return;
    this.bench.simulator.uninstall({ locationId: place.locationId });
    place.isInstalled = false;
    this.ask(instance.tokens.markUninstalled(place));
  }

  private reinstall(member: Member, place: Place): void {
    const { code } = this.bench.simulator.reinstall({ locationId: place.locationId });
    this.exchange(member, place, code);
  }

  private exchange({ instance }: Member, place: Place, code: string): void {
    place.isInstalled = true;
    place.isAuthorized = false;
    this.ask(
      instance.tokens.exchangeCode(code).then(() => {
        place.isAuthorized = true;
      }),
    );
  }

  private async reject({ engine, tokens }: Instance, place: Place): Promise<void> {
    const { keeper } = engine;
    const credential = await tokens.getCredential(place);
    await keeper.afterRejection(keeper.placeOf(place), credential, 'expired');
  }

  private ask(work: Promise<unknown>): void {
    this.asked.push(
      work.then(
        () => undefined,
        (error: unknown) => {
          if (!isGhlAuthError(error)) this.violations.push(`an error of another kind: ${String(error)}`);
        },
      ),
    );
  }

  private async checkOutcome(place: Place): Promise<void> {
    for (const { instance } of this.members) {
      const outcome = await this.bench.run(this.outcome(instance, place));
      const isWell = place.isInstalled ? outcome === 'live' : TELLS.has(outcome);
      const is = place.isInstalled ? 'installed' : 'uninstalled';
      if (!isWell) this.violations.push(`at the end ${is}, but: ${outcome}`);
    }
    const { registry, keeper } = this.members[0]!.instance.engine;
    const stored = await this.bench.run(registry.find(keeper.placeOf(place).key));
    if ((stored?.installation.untold ?? []).length > 0)
      this.violations.push('at the end the host has not been told of everything');
  }

  /** What a caller has in the end, who says so where HighLevel rejects the token. */
  private async outcome({ engine, tokens }: Instance, place: Place): Promise<string> {
    const { keeper } = engine;
    const stateOf = (token: string): string => this.bench.simulator.describeToken(token)?.state ?? 'unknown token';
    try {
      const credential = await tokens.getCredential(place);
      if (stateOf(credential.token) === 'live') return 'live';
      const next = await keeper.afterRejection(keeper.placeOf(place), credential, 'expired');
      return next === null ? 'not repaired' : stateOf(next.token);
    } catch (error) {
      return isGhlAuthError(error) ? error.code : String(error);
    }
  }

  private checkLedger(): void {
    const { ledger } = this.bench;
    for (const { token, first, again } of ledger.presentedTwice()) {
      if (!this.isExcused(first, again)) this.violations.push(`${token} presented after its outcome was known`);
    }
    for (const { token, first, again } of ledger.overlapping()) {
      if (!this.isExcused(first, again)) this.violations.push(`${token} presented twice at the same time`);
    }
    if (ledger.foreign().length > 0) this.violations.push('a token that HighLevel never made was presented');
    if (ledger.crossed().length > 0) this.violations.push('a token was used for another place');
  }

  /** Whether nobody could know: the process that knew died or was stopped, or the store failed or lost it, meanwhile. */
  private isExcused(first: LedgerEntry, again: LedgerEntry): boolean {
    const knew = this.all.find(({ process }) => process.calls.includes(first))?.process;
    const asks = this.all.find(({ process }) => process.calls.includes(again))?.process;
    if (knew !== undefined && !knew.isAlive) return true;
    return this.excuses.some(
      ({ at, process }) =>
        at <= again.time && at >= first.time - 20 * S && (process === null || process === knew || process === asks),
    );
  }

  private excuse(process: SimulatedProcess | null): void {
    this.excuses.push({ at: this.bench.clock.now(), process });
  }

  private pass(ms: number): Promise<void> {
    return this.bench.clock.advance(ms);
  }

  /** What dead processes were asked is never answered. */
  private async settle(): Promise<void> {
    await Promise.race([Promise.all(this.asked), this.pass(60 * S)]);
  }

  private at({ at }: { readonly at: number }): Member {
    return this.members[at % this.members.length]!;
  }

  private of({ of }: { readonly of: number }): Place {
    return this.places[of % this.places.length]!;
  }
}
