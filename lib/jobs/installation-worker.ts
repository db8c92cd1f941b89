import type { Demand } from '../decision/demand.js';
import { USABLE } from '../decision/demand.js';
import { nextRung } from '../decision/ladder.js';
import type { Policy } from '../decision/policy.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { unanswered, type ApiClient } from '../highlevel/api-client.js';
import type { ClientPairs } from '../highlevel/client-pairs.js';
import { isOfCompany, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import { installationRefOf, type Installation } from '../installation/installation.js';
import type { DeliberateRung } from '../recovery/deliberate-rung.js';
import type { Climb } from '../recovery/climber.js';
import type { InstallationKeeper } from '../recovery/installation-keeper.js';
import type { InstallationRegistry } from '../recovery/installation-registry.js';
import type { WaysBackFinder } from '../recovery/ways-back.js';
import type { Clock } from '../time/clock.js';
import type { JobWay } from './job-types.js';
import { failureOf, resultOf, verdictOn, type Result } from './outcome.js';

/** Everything that working on one installation needs. */
export interface InstallationWorkerParts {
  readonly keeper: InstallationKeeper;
  readonly registry: InstallationRegistry;
  readonly deliberate: DeliberateRung;
  readonly ways: WaysBackFinder;
  readonly clients: ClientPairs;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly policy: Policy;
}

/** An installation that is named, with the client id that it was made with where that is known. */
export interface Named {
  readonly ref: InstallationRef;
  readonly clientId?: string | undefined;
}

/** Works on one installation at a time: finds out how it is, and does about it what the job's way says. */
export class InstallationWorker {
  constructor(private readonly parts: InstallationWorkerParts) {}

  /** @param since what was issued later (ms since the epoch) has been recovered meanwhile. @throws {GhlAuthError} what kept it from an outcome */
  async work(named: Named, way: JobWay, since: number): Promise<Result> {
    const place = this.parts.keeper.placeOf(named.ref);
    if (way === 'reconnect') return this.reconnect(place, named.clientId);
    const stored = await this.parts.registry.look(place);
    if (stored === null) return way === 'dry-run' ? this.foretellUnknown(place) : this.bringBack(place, named.clientId);
    const { installation } = stored;
    if (installation.state === 'uninstalled') return resultOf(installationRefOf(installation), 'uninstalled');
    const isNew = installation.state === 'active' && (installation.credential?.obtainedAt ?? 0) > since;
    const verdict = isNew ? 'lives' : await this.probe(place, installation);
    if (verdict === 'lives') return resultOf(installationRefOf(installation), 'healthy');
    if (way === 'dry-run') return this.foretell(place, installation);
    return this.recover(place, demandFor(installation, verdict));
  }

  /** Only what is active is asked about: what is in trouble is tried, whether its access token still lives or not. */
  private async probe(
    place: Place,
    { state, credential }: Installation,
  ): Promise<'lives' | 'unknown' | 'expired' | 'unclear'> {
    if (state !== 'active' || credential === null || credential.expiresAt <= this.parts.clock.now()) return 'unknown';
    const probe = await this.parts.api.probe(place, credential.accessToken);
    if (probe.verdict === 'unknown') throw unanswered(place, probe);
    return probe.verdict;
  }

  private async recover(place: Place, demand: Demand): Promise<Result> {
    const climb = await this.parts.keeper.climb(place, demand);
    const { installation } = climb.stored;
    const ref = installationRefOf(installation);
    if (demand.need === 'replacement' && installation.credential?.id === demand.rejected)
      return resultOf(ref, 'waiting');
    return resultOf(ref, 'recovered', climb.rung, climb.traceId);
  }

  private async reconnect(place: Place, clientId: string | undefined): Promise<Result> {
    return recoveredBy(await this.byReconnect(place, clientId), 'reconnect');
  }

  /** An installation that the store does not know. It gets a record only if it gets a credential. */
  private async bringBack(place: Place, clientId: string | undefined): Promise<Result> {
    const { policy } = this.parts;
    let failure: unknown = new GhlAuthError(
      'GHL_INSTALLATION_UNKNOWN',
      `The store does not know ${place.kind} ${place.id}, and no rung is switched on that could bring it back`,
    );
    const ways = [
      { rung: 'mint' as const, climb: isOfCompany(place) ? () => this.parts.deliberate.mint(place) : null },
      { rung: 'reconnect' as const, climb: () => this.byReconnect(place, clientId) },
    ];
    for (const { rung, climb } of ways) {
      if (!policy.rungs[rung] || climb === null) continue;
      try {
        return recoveredBy(await climb(), rung);
      } catch (error) {
        if (verdictOn(error).kind !== 'ended') throw error;
        failure = error;
      }
    }
    // HighLevel has nothing for a place that the store does not know either.
    const isUnknown =
      isGhlAuthError(failure, 'GHL_UNEXPECTED_RESPONSE') || isGhlAuthError(failure, 'GHL_GRANT_REFUSED');
    if (!isUnknown) throw failure;
    return failureOf(refOf(place), 'unknown', failure);
  }

  private byReconnect(place: Place, clientId: string | undefined): Promise<Climb> {
    const { deliberate, clients } = this.parts;
    return deliberate.reconnect(place, clients.find(clientId));
  }

  private async foretell(place: Place, installation: Installation): Promise<Result> {
    const { ways, policy } = this.parts;
    const ref = installationRefOf(installation);
    if (installation.state === 'needs_reauthorization') {
      const found = await ways.find(place, installation);
      const way = installation.lacking.find((lacking) => found.isOpen(lacking));
      if (way === undefined) return resultOf(ref, 'needs_reauthorization');
      return resultOf(ref, 'would_try', way === 'company' ? 'mint' : 'reconnect');
    }
    const rung = nextRung(installation, [], policy);
    return rung === null ? resultOf(ref, 'needs_reauthorization') : resultOf(ref, 'would_try', rung);
  }

  private foretellUnknown(place: Place): Result {
    const { rungs } = this.parts.policy;
    const rung = rungs.mint && isOfCompany(place) ? 'mint' : rungs.reconnect ? 'reconnect' : null;
    return resultOf(refOf(place), rung === null ? 'unknown' : 'would_try', rung);
  }
}

const demandFor = ({ state, credential }: Installation, verdict: 'unknown' | 'expired' | 'unclear'): Demand => {
  if (state !== 'active') return { need: 'rotation', now: true };
  if (credential === null || verdict === 'unknown') return USABLE;
  return { need: 'replacement', rejected: credential.id, verdict };
};

const recoveredBy = ({ stored, rung, traceId }: Climb, wanted: 'mint' | 'reconnect'): Result =>
  resultOf(installationRefOf(stored.installation), 'recovered', rung ?? wanted, traceId);
