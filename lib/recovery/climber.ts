import { isForSweep, type Demand } from '../decision/demand.js';
import { judge, mayServeMeanwhile } from '../decision/judge.js';
import { nextRung, type RungReport } from '../decision/ladder.js';
import type { Policy } from '../decision/policy.js';
import { isUsable } from '../decision/renewal.js';
import { nextRejections } from '../decision/rejection.js';
import { adopt, conclude } from '../decision/transitions.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { messageOf } from '../errors/scrub.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import { pendingInstallation, type Installation, type Rung } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import { endlessConflict, type Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { DirectoryGate } from './directory.js';
import { errorFor } from './installation-errors.js';
import type { InstallationRegistry } from './installation-registry.js';
import { isSameTenure, type Leases } from './leases.js';
import type { Outbox } from './outbox.js';
import type { KeptPair, PairKeeper } from './pair-keeper.js';
import type { RecoveryGate } from './recovery-gate.js';
import type { RungClimber } from './rungs/rung.js';
import type { TakeBack } from './take-back.js';
import { NO_WAYS, type WaysBackFinder } from './ways-back.js';

/** What a climb ended with: the installation as it is now, and the rung that brought its credential, if one had to be climbed. */
export interface Climb {
  readonly stored: Stored;
  readonly rung: Rung | null;
  readonly traceId: string | null;
  /** Of the authorization code behind the credential, where there was one. */
  readonly codeExpiresAt: Date | null;
  /** Why there is no credential, if there is none. */
  readonly error: GhlAuthError | null;
  /** What later callers are told until the next attempt. */
  readonly repeated: GhlAuthError | null;
}

/** Everything that climbing needs. */
export interface ClimberParts {
  readonly registry: InstallationRegistry;
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly takeBack: TakeBack;
  readonly pairs: PairKeeper;
  readonly ways: WaysBackFinder;
  readonly directory: DirectoryGate;
  readonly gate: RecoveryGate;
  readonly rungs: Readonly<Record<Rung, RungClimber>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly lease: { readonly ttlMs: number; readonly lookIntervalMs: number };
  readonly companyKeyOf: (companyId: string) => string;
  readonly linkFor: (installation: Installation) => string | undefined;
  readonly random: () => number;
}

type Recovered = Extract<RungReport['answer'], { kind: 'recovered' }>;

/** Leases that were taken and lost within one climb: so many mean that the store does not keep what it says it saved. */
const MAX_TRIES = 12;
/** A record that others hold for so many leases is not waited for any longer. */
const MAX_TENURES = 8;

const USE_NOTED_EVERY_MS = 12 * 3_600_000;

/** Recovers one installation at a time: looks, decides, takes the lease, climbs rung by rung, and stores what came of it. */
export class Climber {
  constructor(private readonly parts: ClimberParts) {}

  /** @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE`, `GHL_INSTALLATION_UNKNOWN`, `GHL_RECOVERY_PENDING` */
  async climb(place: Place, demand: Demand): Promise<Climb> {
    const { clock, leases, lease, takeBack } = this.parts;
    const began = clock.monotonic();
    let first: Stored | null = null;
    let isWaiting = false;
    for (let tries = 0; tries < MAX_TRIES;) {
      const unsent = await this.parts.outbox.unsent(place.key);
      if (unsent !== null) return this.untilStored(place, unsent, demand);
      const seen = await this.look(place);
      first ??= seen;
      const answer =
        (await this.withoutClimbing(place, seen, first, demand)) ?? (await this.whileBlocked(place, seen, demand));
      if (answer !== null) return answer;
      if (leases.isFree(seen)) {
        if (await takeBack.hasBrought(place, seen.installation.mark !== null)) continue;
        tries += 1;
        const held = await leases.take(seen);
        const climb = held && (await this.ascend(place, held, demand));
        if (climb) return climb;
      } else {
        if (demand.need === 'renewal') return served(seen);
        if (!isWaiting) await this.watchCompany(place, seen);
        isWaiting = true;
        if (clock.monotonic() - began > MAX_TENURES * lease.ttlMs) throw this.heldByOthers(place);
        await clock.sleep(lease.lookIntervalMs);
      }
    }
    throw endlessConflict();
  }

  /** What the record as it is answers, if that is an answer. */
  private async withoutClimbing(place: Place, seen: Stored, first: Stored, demand: Demand): Promise<Climb | null> {
    const { clock, policy, ways } = this.parts;
    const { installation } = seen;
    const judgement = judge(installation, demand, policy, await ways.find(place, installation), clock.now());
    if (judgement === 'serve') {
      this.noteUse(seen, demand);
      return served(seen);
    }
    if (judgement === 'fail') return this.failed(seen);
    // What somebody else has rotated meanwhile is not rotated once more on purpose.
    const isAnother = installation.credential?.id !== first.installation.credential?.id;
    return demand.need === 'rotation' && isAnother && this.isUsable(seen) ? served(seen) : null;
  }

  /** Who died with a location's lease may have died with its company's too: both run out from now on, not one after the other. */
  private async watchCompany(place: Place, { installation: { companyId } }: Stored): Promise<void> {
    const { registry, leases, companyKeyOf } = this.parts;
    if (place.kind === 'company' || companyId === null) return;
    // What is wrong with the company's record is no trouble of the location's.
    const company = await registry.find(companyKeyOf(companyId)).catch(() => null);
    if (company !== null) leases.isFree(company);
  }

  /** Paused, or not to be recovered by this instance: what is valid is served, and the record left as it is. */
  private async whileBlocked(place: Place, seen: Stored, demand: Demand): Promise<Climb | null> {
    const { gate, policy, clock } = this.parts;
    const { installation } = seen;
    const block = await gate.blockFor(place, nextRung(installation, [], policy), installation);
    if (block === null) return null;
    if (mayServeMeanwhile(installation, demand, clock.now())) return served(seen);
    const isEnded = installation.state === 'needs_reauthorization' || installation.state === 'suspended';
    return isEnded ? this.failed(seen) : { ...served(seen), error: block, repeated: block };
  }

  /** Notes now and then that somebody uses the installation: what nobody uses is not renewed ahead of time. Nobody waits for it. */
  private noteUse(seen: Stored, demand: Demand): void {
    const { registry, clock, log } = this.parts;
    const now = clock.now();
    const isFresh = now - seen.installation.lastUsedAt < USE_NOTED_EVERY_MS;
    if (isFresh || seen.version === null || isForSweep(demand)) return;
    registry.save(seen, { ...seen.installation, lastUsedAt: now }).catch((error: unknown) => {
      log.debug('The use of an installation could not be noted', { key: seen.key, error: messageOf(error) });
    });
  }

  /** What is stored, or a fresh record for an installation that only the directory knows. */
  private async look(place: Place): Promise<Stored> {
    const { registry, directory, clock } = this.parts;
    const stored = await registry.look(place);
    if (stored !== null) return stored;
    const entry = await directory.confirm(place);
    const known = { ...place, companyId: entry.companyId ?? place.companyId };
    const installation = pendingInstallation(known, clock.now(), entry.clientId ?? null);
    return { key: place.key, version: null, installation };
  }

  /** Climbs the rungs in order. `null`: the record was taken over or changed meanwhile. */
  private async ascend(place: Place, from: Stored, demand: Demand): Promise<Climb | null> {
    const { policy, rungs, gate } = this.parts;
    const reports: RungReport[] = [];
    let held = from;
    const next = (): Rung | null => nextRung(held.installation, reports, policy);
    for (let rung = next(); rung !== null; rung = next()) {
      const block = await gate.blockFor(place, rung, held.installation);
      if (block !== null) return this.abandon(held, block);
      const from = held;
      const climbed = await rungs[rung].climb(place, from).catch((error: unknown) => this.abandon(from, error));
      if (climbed === null) return null;
      const { answer } = climbed;
      ({ held } = climbed);
      reports.push({ rung, answer });
      if (answer.kind === 'recovered') return this.keep(place, held, rung, answer, demand);
    }
    return this.giveUpForNow(place, held, reports, demand);
  }

  /** Not gone on with, and nothing concluded: others need not wait for the lease to run out. */
  private async abandon(held: Stored, error: unknown): Promise<never> {
    const { leases } = this.parts;
    const { unclear, mark } = held.installation;
    if (!isGhlAuthError(error, 'GHL_STORE_FAILED')) {
      await leases.amend(held, (found) => ({ ...found, unclear, mark, lease: null })).catch(() => undefined);
      leases.forget(held.key);
    }
    throw error;
  }

  private async keep(place: Place, from: Stored, rung: Rung, answer: Recovered, demand: Demand): Promise<Climb> {
    const { clock, pairs, leases } = this.parts;
    const { credential, traceId, companyId = null } = answer;
    const { rejections } = from.installation;
    const now = clock.now();
    const wasRejected = demand.need === 'replacement';
    const counted = wasRejected ? nextRejections(from.installation.credential, rejections, now) : 0;
    const kept = await pairs.keep({
      place,
      from,
      credential,
      adopt: (installation) =>
        adopt(installation, credential, clock.now(), {
          traceId,
          rejections: counted,
          companyId,
          isUse: !isForSweep(demand),
        }),
    });
    leases.forget(place.key);
    return this.recovered(kept, rung, answer, place);
  }

  /** What was recovered, or what was stored in its stead: a newer credential, or a tombstone. */
  private recovered({ stored, outcome }: KeptPair, rung: Rung, answer: Recovered, { key }: Place): Climb {
    const { log } = this.parts;
    const { state, generation } = stored.installation;
    const { traceId = null, codeExpiresAt = null } = answer;
    if (outcome !== 'dropped') {
      log.info('Recovered', { key, rung, traceId, generation });
      return { ...served(stored), rung, traceId, codeExpiresAt };
    }
    log.info('A late credential was dropped for what is stored', { key, rung, state });
    return this.isUsable(stored) ? served(stored) : this.failed(stored);
  }

  private async giveUpForNow(place: Place, from: Stored, reports: RungReport[], demand: Demand): Promise<Climb | null> {
    const { policy, clock, leases, outbox, log, random } = this.parts;
    const { unclear, mark } = from.installation;
    const now = clock.now();
    const chance = random();
    const change = (found: Installation | null): Installation | null => {
      if (found === null || !isSameTenure(found, from.installation)) return null;
      return conclude({ ...found, unclear, mark }, reports, policy, now, chance);
    };
    const { stored, outcome } = await outbox.put({ place, from, change, what: 'What came of a recovery' });
    if (outcome === 'pointless') return null;
    leases.forget(place.key);
    const { state, trouble } = stored.installation;
    const { code, message: reason, traceId, retryAt } = trouble ?? {};
    log.warn('No credential could be recovered', { key: place.key, state, code, reason, traceId, retryAt });
    return mayServeMeanwhile(stored.installation, demand, now) ? served(stored) : this.failed(stored, true);
  }

  /** What the store has not taken yet is served; it is not spent before the store has it, or it could be lost. */
  private untilStored(place: Place, unsent: Stored, demand: Demand): Climb {
    const { policy, clock } = this.parts;
    const { installation } = unsent;
    const now = clock.now();
    const judgement = judge(installation, demand, policy, NO_WAYS, now);
    if (judgement === 'serve' || mayServeMeanwhile(installation, demand, now)) return served(unsent);
    if (judgement === 'fail') return this.failed(unsent);
    const message = 'What was learnt of this installation is not stored yet; nothing more is tried before it is';
    throw new GhlAuthError('GHL_STORE_FAILED', message, { installation: refOf(place) });
  }

  private heldByOthers(place: Place): GhlAuthError {
    const { clock, lease } = this.parts;
    return new GhlAuthError('GHL_RECOVERY_PENDING', 'Another instance goes on recovering this installation', {
      installation: refOf(place),
      retryAt: new Date(clock.now() + lease.ttlMs),
    });
  }

  private isUsable({ installation: { state, credential } }: Stored): boolean {
    const { policy, clock } = this.parts;
    return state === 'active' && credential !== null && isUsable(credential, policy.windows, clock.now());
  }

  private failed(stored: Stored, isNews = false): Climb {
    const { installation } = stored;
    const link = this.parts.linkFor(installation);
    return { ...served(stored), error: errorFor(installation, link, isNews), repeated: errorFor(installation, link) };
  }
}

/** A climb that ended without climbing: what is stored answers the demand. */
export const served = (stored: Stored): Climb => ({
  stored,
  rung: null,
  traceId: null,
  codeExpiresAt: null,
  error: null,
  repeated: null,
});
