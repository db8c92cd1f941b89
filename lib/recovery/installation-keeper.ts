import { AsyncLocalStorage } from 'node:async_hooks';
import type { Demand } from '../decision/demand.js';
import { mayServeMeanwhile, satisfies } from '../decision/judge.js';
import type { Policy } from '../decision/policy.js';
import { isUsable } from '../decision/renewal.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential, type Credential } from '../installation/credential.js';
import { placeOf, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import { waitFor } from '../time/wait-for.js';
import { served, type Climb, type Climber } from './climber.js';
import type { CredentialCache } from './credential-cache.js';
import type { FailureCache } from './failure-cache.js';
import { Flights, type Flight } from './flights.js';

/** How long a token that was issued a moment ago is given until it is tried again. */
const SETTLING_MS = 1_000;

/** How a caller waits for a token. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers every demand for a credential: from the cache where it can, otherwise by joining the recovery that is under way or
 * starting one. The work of a flight belongs to nobody: it runs in a context of its own, and to its end.
 */
export class InstallationKeeper {
  private readonly flights = new Flights<Climb, Demand | null>();
  /** The context of the start of the application, in which flights run: not in a caller's transaction or request. */
  private readonly apart: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();
  private isClosing = false;

  constructor(
    private readonly appId: string,
    private readonly climber: Climber,
    private readonly cache: CredentialCache,
    private readonly failures: FailureCache,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly settings: { readonly policy: Policy; readonly tokenWaitMs: number },
  ) {}

  /** The place that a reference names. @throws {GhlAuthError} `GHL_REF_INVALID` */
  placeOf(ref: InstallationRef): Place {
    return placeOf(this.appId, ref);
  }

  /** What can be served at once, without a look into the store. */
  atHand(ref: InstallationRef, minValidityMs = 0): AccessCredential | null {
    const entry = this.cache.forRef(ref);
    if (entry === undefined || entry.access === null) return null;
    const now = this.clock.now();
    if (now >= entry.serveUntil || now < entry.seenAt || now + minValidityMs > (entry.stored.installation.credential as Credential).expiresAt) return null;
    entry.used = true;
    return entry.access;
  }

  /** A credential that answers the demand. @throws {GhlAuthError} */
  async obtain(place: Place, demand: Demand, patience: Patience = {}): Promise<Credential> {
    return credentialOf(await this.climb(place, demand, patience));
  }

  /** The same, with the rung that brought it. @throws {GhlAuthError} */
  async climb(place: Place, demand: Demand, patience: Patience = {}): Promise<Climb> {
    const quick = this.fromMemory(place, demand);
    if (quick !== null) return quick;
    for (;;) {
      const underWay = this.flights.get(place.key);
      const climb = await this.wait((underWay ?? this.start(place, demand)).promise, place, patience).catch((error: unknown) => {
        // What went wrong with somebody else's business on this installation is not this caller's.
        if (underWay?.purpose === null && !this.isGivingUp(error, patience)) return null;
        throw error;
      });
      if (climb === null) continue;
      const wasForThis = underWay === undefined || isSame(underWay.purpose, demand);
      if (climb.error !== null) {
        if (!mayServeMeanwhile(climb.stored.installation, demand, this.clock.now())) throw climb.error;
        return served(climb.stored);
      }
      if (wasForThis || isAnswered(climb, demand, this.settings.policy, this.clock.now())) return climb;
    }
  }

  /** A credential other than the rejected one, or, with none named, than the stored one. @throws {GhlAuthError} */
  recover(ref: InstallationRef, rejected: string | undefined): Promise<Climb> {
    const demand: Demand = rejected === undefined ? { need: 'rotation' } : { need: 'replacement', rejected, verdict: 'expired' };
    return this.climb(this.placeOf(ref), demand);
  }

  /**
   * What to repeat a request with that HighLevel answered with 401: another credential, or the same one a moment later if it is so
   * young that HighLevel may not know it everywhere yet. `null`: repeating would not help.
   * @throws {GhlAuthError} where the recovery failed
   */
  async afterRejection(place: Place, rejected: AccessCredential, verdict: 'expired' | 'unclear', patience: Patience = {}): Promise<AccessCredential | null> {
    const credential = await this.obtain(place, { need: 'replacement', rejected: rejected.id, verdict }, patience);
    if (credential.id !== rejected.id) return accessCredentialOf(credential);
    const { freshTokenMs } = this.settings.policy.guard;
    const age = this.clock.now() - credential.obtainedAt;
    if (age < 0 || age >= freshTokenMs) return null;
    const settling = new Promise<void>((resolve) => void this.apart(() => this.alarms.set(SETTLING_MS, resolve)));
    await waitFor(settling, this.alarms, { ...patience, limitMs: this.settings.tokenWaitMs, onTimeout: () => new Error('unreachable') });
    return accessCredentialOf(credential);
  }

  /** Runs other work on an installation when no flight is under way, as a flight that others join. */
  async exclusively(place: Place, work: () => Promise<Climb>): Promise<Climb> {
    for (let underWay = this.flights.get(place.key); underWay !== undefined; underWay = this.flights.get(place.key)) {
      await underWay.promise.catch(() => undefined);
    }
    return this.fly(place, null, work).promise;
  }

  /** Takes in what was stored on another way than a flight. */
  learn(place: Place, stored: Stored): void {
    this.failures.delete(place.key);
    this.cache.put(place, stored, this.clock.now());
  }

  /** No further recovery is started; what is cached is still served. Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.flights.settled();
  }

  private fromMemory(place: Place, demand: Demand): Climb | null {
    const entry = this.cache.forPlace(place);
    const now = this.clock.now();
    const isServable = entry !== undefined && entry.access !== null && now >= entry.seenAt;
    if (isServable && satisfies(entry.stored.installation, demand, this.settings.policy, now)) {
      entry.used = true;
      if (now >= entry.serveUntil && demand.need === 'usable') this.lookInTheBackground(place);
      return served(entry.stored);
    }
    const failure = demand.need === 'rotation' ? undefined : this.failures.get(place.key);
    if (failure === undefined) return null;
    if (isServable && mayServeMeanwhile(entry.stored.installation, demand, now)) return served(entry.stored);
    throw failure;
  }

  /** Renews what is in its advisory window, and otherwise notices what happened on other instances, off the caller's path. */
  private lookInTheBackground(place: Place): void {
    if (this.isClosing || this.flights.get(place.key) !== undefined) return;
    this.start(place, { need: 'renewal' }).promise.catch((error: unknown) => {
      this.log.debug('A look in the background failed', { key: place.key, code: isGhlAuthError(error) ? error.code : undefined });
    });
  }

  private start(place: Place, demand: Demand): Flight<Climb, Demand | null> {
    if (this.isClosing) throw new GhlAuthError('GHL_SHUTTING_DOWN', 'The application is shutting down', { installation: refOf(place) });
    return this.fly(place, demand, () => this.climber.climb(place, demand).catch((error: unknown) => this.despiteFailure(place, demand, error)));
  }

  private fly(place: Place, purpose: Demand | null, work: () => Promise<Climb>): Flight<Climb, Demand | null> {
    return this.apart(() =>
      this.flights.start(place.key, purpose, async () => {
        const climb = await work();
        this.failures.delete(place.key);
        this.cache.put(place, climb.stored, this.clock.now());
        if (climb.repeated !== null) this.failures.put(place.key, climb.repeated);
        return climb;
      }),
    );
  }

  /** A store that fails does not keep back a token that is still good. */
  private despiteFailure(place: Place, demand: Demand, error: unknown): Climb {
    const entry = this.cache.forPlace(place);
    const { policy } = this.settings;
    if (isGhlAuthError(error, 'GHL_INSTALLATION_UNKNOWN')) this.failures.put(place.key, error);
    else if (entry !== undefined && entry.access !== null) {
      const { credential } = entry.stored.installation;
      const isGood = credential !== null && isUsable(credential, policy.windows, this.clock.now());
      if (isGood && mayServeMeanwhile(entry.stored.installation, demand, this.clock.now())) return served(entry.stored);
    }
    throw error;
  }

  private isGivingUp(error: unknown, { signal }: Patience): boolean {
    return isGhlAuthError(error, 'GHL_TOKEN_WAIT_TIMEOUT') || signal?.aborted === true;
  }

  private wait(flight: Promise<Climb>, place: Place, { signal }: Patience): Promise<Climb> {
    const limitMs = this.settings.tokenWaitMs;
    const onTimeout = (): Error =>
      new GhlAuthError('GHL_TOKEN_WAIT_TIMEOUT', `No token within ${limitMs} ms (timeouts.tokenWaitMs)`, { installation: refOf(place) });
    return this.apart(() => waitFor(flight, this.alarms, { signal, limitMs, onTimeout }));
  }
}

/** The credential of a climb that succeeded. */
export const credentialOf = ({ stored }: Climb): Credential => stored.installation.credential as Credential;

/** Whether a flight that was started for another demand answers this one too. */
const isAnswered = (climb: Climb, demand: Demand, policy: Policy, now: number): boolean =>
  (demand.need === 'rotation' && climb.rung !== null) || satisfies(climb.stored.installation, demand, policy, now);

/** Whether a flight was started for just this demand. */
const isSame = (purpose: Demand | null, demand: Demand): boolean => {
  if (purpose === null || purpose.need !== demand.need) return false;
  if (purpose.need === 'replacement') return demand.need === 'replacement' && purpose.rejected === demand.rejected;
  return purpose.need !== 'usable' || (demand.need === 'usable' && purpose.minValidityMs >= demand.minValidityMs);
};
