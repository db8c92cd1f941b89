import type { Demand } from '../decision/demand.js';
import { judge, mayServeMeanwhile, type WaysBack } from '../decision/judge.js';
import { nextRung, type RungReport } from '../decision/ladder.js';
import type { Policy } from '../decision/policy.js';
import { isUsable } from '../decision/renewal.js';
import { nextRejections } from '../decision/rejection.js';
import { adopt, conclude } from '../decision/transitions.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { Credential } from '../installation/credential.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import { pendingInstallation, type Installation, type Rung } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { ClientPairs } from '../highlevel/client-pairs.js';
import type { Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { AppRungs } from './app-rungs.js';
import type { DirectoryGate } from './directory.js';
import { errorFor } from './installation-errors.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { Leases } from './leases.js';
import type { KeptPair, PairKeeper } from './pair-keeper.js';
import type { RungClimber } from './rungs/rung.js';

/** What a climb ended with: the installation as it is now, and the rung that brought its credential, if one had to be climbed. */
export interface Climb {
  readonly stored: Stored;
  readonly rung: Rung | null;
  readonly traceId: string | null;
  /** Why there is no credential, if there is none. */
  readonly error: GhlAuthError | null;
  /** What later callers are told until the next attempt. */
  readonly repeated: GhlAuthError | null;
}

/** Everything that climbing needs. */
export interface ClimberParts {
  readonly registry: InstallationRegistry;
  readonly leases: Leases;
  readonly pairs: PairKeeper;
  readonly apps: AppRungs;
  readonly directory: DirectoryGate;
  readonly clients: ClientPairs;
  readonly rungs: Readonly<Record<Rung, RungClimber>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly lookIntervalMs: number;
  readonly linkFor: (installation: Installation) => string | undefined;
  readonly random: () => number;
}

/** Recovers one installation at a time: looks, decides, takes the lease, climbs rung by rung, and stores what came of it. */
export class Climber {
  constructor(private readonly parts: ClimberParts) {}

  /** @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE`, `GHL_INSTALLATION_UNKNOWN` */
  async climb(place: Place, demand: Demand): Promise<Climb> {
    const { clock, leases, policy, lookIntervalMs } = this.parts;
    for (;;) {
      const seen = await this.look(place);
      const ways = await this.waysBack(place, seen.installation);
      const judgement = judge(seen.installation, demand, policy, ways, clock.now());
      if (judgement === 'serve') return served(seen);
      if (judgement === 'fail') return this.failed(seen);
      await this.assertNothingUnsaved(place);
      if (!leases.isFree(seen)) {
        if (demand.need === 'renewal') return served(seen);
        await clock.sleep(lookIntervalMs);
        continue;
      }
      const held = await leases.take(seen);
      const climb = held && (await this.ascend(place, held, demand));
      if (climb) return climb;
    }
  }

  /** What is stored, or a fresh record for an installation that only the directory knows. */
  private async look(place: Place): Promise<Stored> {
    const { registry, directory, clock } = this.parts;
    const stored = await registry.look(place);
    if (stored !== null) return stored;
    const entry = await directory.confirm(place);
    const known = { ...place, companyId: place.companyId ?? entry.companyId };
    return { key: place.key, version: null, installation: pendingInstallation(known, clock.now(), entry.clientId ?? null) };
  }

  /** Climbs the rungs in order. `null`: the record was taken over meanwhile. */
  private async ascend(place: Place, from: Stored, demand: Demand): Promise<Climb | null> {
    const { policy, rungs, leases } = this.parts;
    const reports: RungReport[] = [];
    let held = from;
    for (let rung = nextRung(held.installation, reports, policy); rung !== null; rung = nextRung(held.installation, reports, policy)) {
      const climbed = await rungs[rung].climb(place, held);
      if (climbed === null) return null;
      ({ held } = climbed);
      reports.push({ rung, answer: climbed.answer });
      if (climbed.answer.kind === 'recovered') {
        const { credential, traceId } = climbed.answer;
        const kept = await this.keep(place, held, credential, traceId, demand);
        leases.forget(place.key);
        return this.recovered(kept, rung, traceId ?? null, place);
      }
    }
    return this.giveUpForNow(place, held, reports, demand);
  }

  private async giveUpForNow(place: Place, held: Stored, reports: readonly RungReport[], demand: Demand): Promise<Climb | null> {
    const { policy, clock, leases, registry, log, random } = this.parts;
    const chance = random();
    const concluded = await registry.amend(held, (installation) =>
      conclude({ ...installation, unclear: held.installation.unclear, mark: held.installation.mark }, reports, policy, clock.now(), chance),
    );
    if (concluded === null) return null;
    leases.forget(place.key);
    const { state, trouble } = concluded.installation;
    log.warn('No credential could be recovered', { key: place.key, state, code: trouble?.code, reason: trouble?.message, traceId: trouble?.traceId, retryAt: trouble?.retryAt });
    if (mayServeMeanwhile(concluded.installation, demand, clock.now())) return served(concluded);
    return this.failed(concluded, true);
  }

  private keep(place: Place, from: Stored, credential: Credential, traceId: string | undefined, demand: Demand): Promise<KeptPair> {
    const { clock, pairs } = this.parts;
    const wasRejected = demand.need === 'replacement';
    return pairs.keep({
      place,
      from,
      credential,
      adopt: (installation) =>
        adopt(installation, credential, clock.now(), {
          traceId,
          rejections: wasRejected ? nextRejections(from.installation.credential, from.installation.rejections, clock.now()) : 0,
        }),
    });
  }

  /** What was recovered, or what was stored in its stead: a newer credential, or a tombstone. */
  private recovered({ stored, outcome }: KeptPair, rung: Rung, traceId: string | null, place: Place): Climb {
    const { log, clock, policy } = this.parts;
    const { credential } = stored.installation;
    if (outcome !== 'dropped') {
      log.info('Recovered', { key: place.key, rung, traceId, generation: stored.installation.generation });
      return { stored, rung, traceId, error: null, repeated: null };
    }
    log.info('A late credential was dropped for what is stored', { key: place.key, rung, state: stored.installation.state });
    if (credential === null || !isUsable(credential, policy.windows, clock.now())) return this.failed(stored);
    return served(stored);
  }

  /** A pair that the store has not taken yet must not be spent: if it is lost, so is the installation. */
  private async assertNothingUnsaved(place: Place): Promise<void> {
    const { pairs } = this.parts;
    if (!pairs.holds(place.key) || (await pairs.flush(place.key))) return;
    const message = 'The latest pair of this installation is not stored yet; it is not rotated again before it is';
    throw new GhlAuthError('GHL_STORE_FAILED', message, { installation: refOf(place) });
  }

  /** Which of the ways back that an installation was given up for are there again. */
  private async waysBack(place: Place, { state, lacking, clientId, companyId }: Installation): Promise<WaysBack> {
    if (state !== 'needs_reauthorization' || lacking.length === 0) return { isOpen: () => false };
    const open = { reconnect: await this.isReconnectTriable(clientId), company: await this.isCompanyUsable(place, lacking, companyId) };
    return { isOpen: (way) => open[way] };
  }

  private async isReconnectTriable(clientId: string | null): Promise<boolean> {
    const { apps, clients, policy, clock } = this.parts;
    await apps.refresh();
    const known = clients.find(clientId);
    const now = clock.now();
    const until = (known ? [known] : clients.inOrder(null)).map((pair) => apps.closedUntil('reconnect', pair.clientId));
    return policy.rungs.reconnect && until.some((moment) => moment === null || now >= moment);
  }

  private async isCompanyUsable(place: Place, lacking: Installation['lacking'], companyId: string | null): Promise<boolean> {
    const { registry, policy } = this.parts;
    if (!policy.rungs.mint || !lacking.includes('company') || companyId === null || place.kind === 'company') return false;
    const appPart = place.key.slice(0, place.key.indexOf('/location/'));
    const company = await registry.find(`${appPart}/company/${companyId}`);
    return company?.installation.state === 'active';
  }

  private failed(stored: Stored, isNews = false): Climb {
    const { installation } = stored;
    const link = this.parts.linkFor(installation);
    return { stored, rung: null, traceId: null, error: errorFor(installation, link, isNews), repeated: errorFor(installation, link) };
  }
}

/** A climb that ended without climbing: what is stored answers the demand. */
export const served = (stored: Stored): Climb => ({ stored, rung: null, traceId: null, error: null, repeated: null });
