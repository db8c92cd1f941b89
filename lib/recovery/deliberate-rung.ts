import type { RungAnswer } from '../decision/ladder.js';
import { adopt } from '../decision/transitions.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import { pendingInstallation, type Rung } from '../installation/installation.js';
import type { Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { Climb } from './climber.js';
import { errorFor } from './installation-errors.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { Leases } from './leases.js';
import type { PairKeeper } from './pair-keeper.js';
import type { Climbed } from './rungs/rung.js';

/** Everything that climbing a single rung needs. */
export interface DeliberateRungParts {
  readonly registry: InstallationRegistry;
  readonly keeper: InstallationKeeper;
  readonly leases: Leases;
  readonly pairs: PairKeeper;
  readonly clock: Clock;
  readonly lookIntervalMs: number;
}

/** One rung alone, because somebody asked for it: also for an installation that the store does not know. */
export class DeliberateRung {
  constructor(private readonly parts: DeliberateRungParts) {}

  /** @throws {GhlAuthError} what HighLevel answered, or `GHL_UNINSTALLED`; the installation's state is then as it was */
  climb(place: Place, rung: Rung, work: (held: Stored) => Promise<Climbed>): Promise<Climb> {
    return this.parts.keeper.exclusively(place, () => this.climbHeld(place, rung, work));
  }

  private async climbHeld(place: Place, rung: Rung, work: (held: Stored) => Promise<Climbed>): Promise<Climb> {
    const { pairs, leases, clock } = this.parts;
    const from = await this.hold(place);
    const { held, answer } = await work(from);
    if (answer.kind !== 'recovered') {
      await this.release(from);
      throw errorOf(place, answer);
    }
    const { credential, traceId } = answer;
    const companyId = place.companyId ?? null;
    const kept = await pairs.keep({ place, from: held, credential, adopt: (installation) => adopt(installation, credential, clock.now(), { traceId, companyId }) });
    leases.forget(place.key);
    if (kept.outcome === 'dropped') throw errorFor(kept.stored.installation, undefined);
    return { stored: kept.stored, rung, traceId: traceId ?? null, error: null, repeated: null };
  }

  /** The record under a lease; what is not stored yet is not stored before there is a credential to store. */
  private async hold(place: Place): Promise<Stored> {
    const { registry, leases, clock, lookIntervalMs } = this.parts;
    for (;;) {
      const seen = await registry.look(place);
      if (seen === null) return { key: place.key, version: null, installation: pendingInstallation(place, clock.now()) };
      if (seen.installation.state === 'uninstalled') throw errorFor(seen.installation, undefined);
      const held = leases.isFree(seen) ? await leases.take(seen) : null;
      if (held !== null) return held;
      await clock.sleep(lookIntervalMs);
    }
  }

  private async release(held: Stored): Promise<void> {
    const { registry, leases } = this.parts;
    if (held.version !== null) await registry.amend(held, (installation) => ({ ...installation, lease: null }));
    leases.forget(held.key);
  }
}

const errorOf = (place: Place, answer: Exclude<RungAnswer, { kind: 'recovered' }>): GhlAuthError => {
  const { code, message, status, traceId } = answer.failure ?? { code: 'GHL_UNEXPECTED_RESPONSE' as const, message: 'The rung brought nothing' };
  return new GhlAuthError(code, message, { installation: refOf(place), status, traceId });
};
