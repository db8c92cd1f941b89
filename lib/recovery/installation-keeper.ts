import type { Demand } from '../decision/demand.js';
import { mayServeMeanwhile, satisfies } from '../decision/judge.js';
import type { Policy } from '../decision/policy.js';
import { hasGoneBackwards } from '../decision/reconcile.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { accessCredentialOf, type AccessCredential, type Credential } from '../installation/credential.js';
import { placeOf, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import type { Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';
import { carried, contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import { pause, waitFor } from '../time/wait-for.js';
import { served, type Climb, type Climber } from './climber.js';
import type { CacheEntry, CredentialCache } from './credential-cache.js';
import type { FailureCache } from './failure-cache.js';
import { Flights, type Flight } from './flights.js';
import { ownCopyOf } from './installation-errors.js';
import { fulfils, type Purpose } from './purpose.js';

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
  private readonly flights = new Flights<Climb, Purpose>();
  private readonly apart = contextOfNow();
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
    return this.entryAtHand(ref, minValidityMs)?.access ?? null;
  }

  /** The same, when only the token is wanted. */
  tokenAtHand(ref: InstallationRef, minValidityMs = 0): string | null {
    return this.entryAtHand(ref, minValidityMs)?.token ?? null;
  }

  /** A credential that answers the demand. @throws {GhlAuthError} */
  async obtain(place: Place, demand: Demand, patience: Patience = {}): Promise<Credential> {
    return credentialOf(await this.climb(place, demand, patience));
  }

  /** The same, with the rung that brought it. @throws {GhlAuthError} each caller an error of its own */
  async climb(place: Place, demand: Demand, patience: Patience = {}): Promise<Climb> {
    try {
      return this.fromMemory(place, demand) ?? (await this.byFlight(place, demand, patience));
    } catch (error) {
      throw ownCopyOf(error);
    }
  }

  /** The same for who has just read the record: what this process remembers may be older than that, and is no answer. @throws {GhlAuthError} */
  async climbFromStore(place: Place, demand: Demand): Promise<Climb> {
    try {
      return await this.byFlight(place, demand, {});
    } catch (error) {
      throw ownCopyOf(error);
    }
  }

  /** A credential other than the rejected one, or, with none named, than the stored one. @throws {GhlAuthError} */
  recover(ref: InstallationRef, rejected: string | undefined): Promise<Climb> {
    const demand: Demand =
      rejected === undefined ? { need: 'rotation' } : { need: 'replacement', rejected, verdict: 'expired' };
    return this.climb(this.placeOf(ref), demand);
  }

  /**
   * What to repeat a request with that HighLevel answered with 401: another credential, or the same one a moment later if it is so
   * young that HighLevel may not know it everywhere yet. `null`: repeating would not help.
   * @throws {GhlAuthError} where the recovery failed
   */
  async afterRejection(
    place: Place,
    rejected: AccessCredential,
    verdict: 'expired' | 'unclear',
    patience: Patience = {},
  ): Promise<AccessCredential | null> {
    const credential = await this.obtain(place, { need: 'replacement', rejected: rejected.id, verdict }, patience);
    if (credential.id !== rejected.id) return accessCredentialOf(credential);
    const { freshTokenMs } = this.settings.policy.guard;
    const age = this.clock.now() - credential.obtainedAt;
    if (age < 0 || age >= freshTokenMs) return null;
    await pause(SETTLING_MS, this.alarms, patience.signal);
    return accessCredentialOf(credential);
  }

  /** Runs other work on an installation when no flight is under way, as a flight that others with the same wish join. */
  async exclusively(
    place: Place,
    wish: Omit<Purpose & { need: 'rung' }, 'need'>,
    work: () => Promise<Climb>,
  ): Promise<Climb> {
    const purpose: Purpose = { need: 'rung', ...wish };
    try {
      for (;;) {
        const underWay = this.flights.get(place.key);
        if (underWay === undefined) return await this.fly(place, purpose, work).promise;
        if (fulfils(underWay.purpose, purpose)) return await underWay.promise;
        await underWay.promise.catch(() => undefined);
      }
    } catch (error) {
      throw ownCopyOf(error);
    }
  }

  /** Takes in what was stored on another way than a flight. */
  learn(place: Place, stored: Stored): void {
    this.failures.delete(place.key);
    this.remember(place, stored);
  }

  /** No further recovery is started; what is cached is still served. Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.flights.settled();
  }

  private entryAtHand(ref: InstallationRef, minValidityMs: number): CacheEntry | null {
    const entry = this.cache.forRef(ref);
    if (entry === undefined) return null;
    const now = this.clock.now();
    if (!this.cache.isFresh(entry, now) || (minValidityMs > 0 && now + minValidityMs > expiryOf(entry))) return null;
    if (!entry.used) entry.used = true;
    return entry;
  }

  private fromMemory(place: Place, demand: Demand): Climb | null {
    const entry = this.cache.forPlace(place);
    const now = this.clock.now();
    const isServable = entry !== undefined && entry.access !== null && this.cache.ageOf(entry, now) >= 0;
    if (isServable && satisfies(entry.stored.installation, demand, this.settings.policy, now)) {
      entry.used = true;
      if (!this.cache.isFresh(entry, now) && demand.need === 'usable') this.lookInTheBackground(place);
      return served(entry.stored);
    }
    const failure = demand.need === 'rotation' ? undefined : this.failures.get(place.key);
    if (failure === undefined) return null;
    if (isServable && mayServeMeanwhile(entry.stored.installation, demand, now)) return served(entry.stored);
    throw failure;
  }

  private async byFlight(place: Place, demand: Demand, patience: Patience): Promise<Climb> {
    const deadline = this.clock.monotonic() + this.settings.tokenWaitMs;
    for (;;) {
      patience.signal?.throwIfAborted();
      const underWay = this.flights.get(place.key);
      const isForThis = underWay === undefined || fulfils(underWay.purpose, demand);
      const { promise, purpose } = underWay ?? this.start(place, demand);
      const climb = await this.wait(promise, place, patience, deadline).catch((error: unknown) => {
        // What went wrong with somebody else's wish for this installation is not this caller's.
        if (purpose.need === 'rung' && !this.isGivingUp(error, patience)) return null;
        throw error;
      });
      if (climb === null) continue;
      if (climb.error !== null) {
        if (!mayServeMeanwhile(climb.stored.installation, demand, this.clock.now())) throw climb.error;
        return served(climb.stored);
      }
      if (isForThis || isAnswered(climb, demand, this.settings.policy, this.clock.now())) return climb;
    }
  }

  /** Renews what is in its advisory window, and otherwise notices what happened on other instances, off the caller's path. */
  private lookInTheBackground(place: Place): void {
    if (this.isClosing || this.flights.get(place.key) !== undefined) return;
    this.start(place, { need: 'renewal' }).promise.catch((error: unknown) => {
      const code = isGhlAuthError(error) ? error.code : undefined;
      this.log.debug('A look in the background failed', { key: place.key, code });
    });
  }

  private start(place: Place, demand: Demand): Flight<Climb, Purpose> {
    return this.fly(place, demand, () =>
      this.climber.climb(place, demand).catch((error: unknown) => this.despiteFailure(place, demand, error)),
    );
  }

  private fly(place: Place, purpose: Purpose, work: () => Promise<Climb>): Flight<Climb, Purpose> {
    if (this.isClosing)
      throw new GhlAuthError('GHL_SHUTTING_DOWN', 'The application is shutting down', { installation: refOf(place) });
    const inItsContext = carried();
    return this.apart(() =>
      this.flights.start(place.key, purpose, async () => {
        const climb = await inItsContext(work);
        this.failures.delete(place.key);
        const isNewest = this.remember(place, climb.stored);
        if (climb.repeated !== null && isNewest) this.failures.put(place.key, climb.repeated);
        return climb;
      }),
    );
  }

  /** @returns whether it was, and not passed over for something newer that was learnt meanwhile */
  private remember(place: Place, stored: Stored): boolean {
    const entry = this.cache.forPlace(place);
    if (entry !== undefined && hasGoneBackwards(stored.installation, entry.stored.installation)) return false;
    this.cache.put(place, stored, this.clock.now());
    return true;
  }

  /** A store that fails does not keep back a token that is still good. */
  private despiteFailure(place: Place, demand: Demand, error: unknown): Climb {
    const entry = this.cache.forPlace(place);
    const isUnknown = isGhlAuthError(error, 'GHL_INSTALLATION_UNKNOWN');
    if (isUnknown && entry === undefined) this.failures.put(place.key, error);
    const isServable = entry !== undefined && entry.access !== null && !isUnknown;
    if (isServable && mayServeMeanwhile(entry.stored.installation, demand, this.clock.now()))
      return served(entry.stored);
    throw error;
  }

  private isGivingUp(error: unknown, { signal }: Patience): boolean {
    return isGhlAuthError(error, 'GHL_TOKEN_WAIT_TIMEOUT') || signal?.aborted === true;
  }

  private wait(flight: Promise<Climb>, place: Place, { signal }: Patience, deadline: number): Promise<Climb> {
    const limitMs = deadline - this.clock.monotonic();
    const message = `No token within ${this.settings.tokenWaitMs} ms (timeouts.tokenWaitMs)`;
    const onTimeout = (): Error => new GhlAuthError('GHL_TOKEN_WAIT_TIMEOUT', message, { installation: refOf(place) });
    return waitFor(flight, this.alarms, { signal, limitMs, onTimeout });
  }
}

/** The credential of a climb that succeeded. */
export const credentialOf = ({ stored }: Climb): Credential => stored.installation.credential as Credential;

const expiryOf = ({ stored }: CacheEntry): number => stored.installation.credential?.expiresAt ?? 0;

/** Whether a flight that was started for another demand answers this one too. */
const isAnswered = (climb: Climb, demand: Demand, policy: Policy, now: number): boolean =>
  (demand.need === 'rotation' && climb.rung !== null) || satisfies(climb.stored.installation, demand, policy, now);
