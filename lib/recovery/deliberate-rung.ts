import type { RungAnswer } from '../decision/ladder.js';
import { adopt } from '../decision/transitions.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import { refOf, type Place, type PlaceOfCompany } from '../installation/installation-ref.js';
import { pendingInstallation, type Rung } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import { endlessConflict, type Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import { served, type Climb } from './climber.js';
import { errorFor } from './installation-errors.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { Leases } from './leases.js';
import type { Outbox } from './outbox.js';
import type { PairKeeper } from './pair-keeper.js';
import type { RecoveryGate } from './recovery-gate.js';
import type { MintRung } from './rungs/mint.rung.js';
import type { ReconnectRung } from './rungs/reconnect.rung.js';
import type { Climbed } from './rungs/rung.js';
import type { TakeBack } from './take-back.js';

/** Everything that climbing a single rung needs. */
export interface DeliberateRungParts {
  readonly registry: InstallationRegistry;
  readonly keeper: InstallationKeeper;
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly takeBack: TakeBack;
  readonly pairs: PairKeeper;
  readonly gate: RecoveryGate;
  readonly mintRung: MintRung;
  readonly reconnectRung: ReconnectRung;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookIntervalMs: number;
}

/** Which rung, and what else makes one wish differ from another. */
interface Wish {
  readonly rung: Rung;
  readonly clientId?: string | undefined;
}

type Failed = Exclude<RungAnswer, { kind: 'recovered' }>;

const MAX_TRIES = 12;
const MAX_WAITS = 500;

/**
 * One rung alone, because somebody asked for it: also for an installation that the store does not know. Whoever has the same wish while it is
 * being fulfilled joins.
 */
export class DeliberateRung {
  constructor(private readonly parts: DeliberateRungParts) {}

  /**
   * A location's token from the company that its place names.
   * @throws {GhlAuthError} what HighLevel answered, `GHL_UNINSTALLED` or `GHL_PAUSED`; the installation's state is then as it was
   */
  mint(place: PlaceOfCompany): Promise<Climb> {
    const { companyId } = place;
    return this.climb(place, { rung: 'mint' }, (held) =>
      this.parts.mintRung.climb(place, { ...held, installation: { ...held.installation, companyId } }),
    );
  }

  /**
   * HighLevel's Reconnect API, also where it was closed when it was last tried.
   * @param pair the key pair that the installation was made with; `undefined`: the one that is known to work, then the others
   * @throws {GhlAuthError} as {@link mint}
   */
  reconnect(place: Place, pair: ClientPair | undefined): Promise<Climb> {
    return this.climb(place, { rung: 'reconnect', clientId: pair?.clientId }, (held) =>
      this.parts.reconnectRung.climb(place, held, { pair, onPurpose: true }),
    );
  }

  private climb(place: Place, wish: Wish, work: (held: Stored) => Promise<Climbed | null>): Promise<Climb> {
    return this.parts.keeper.exclusively(place, wish, async () => {
      const block = await this.parts.gate.blockFor(place, wish.rung);
      if (block !== null) throw block;
      return this.climbHeld(place, wish.rung, work);
    });
  }

  private async climbHeld(place: Place, rung: Rung, work: (held: Stored) => Promise<Climbed | null>): Promise<Climb> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const from = await this.hold(place, rung);
      const climbed = await work(from).catch(async (error: unknown) => {
        await this.release(from, from);
        throw error;
      });
      // Taken over by somebody else: after them once more.
      if (climbed === null) continue;
      const { held, answer } = climbed;
      if (answer.kind === 'recovered') return this.keep(place, held, rung, answer);
      await this.release(held, from);
      const isStillGone = from.installation.state === 'uninstalled' && answer.kind === 'next' && answer.definite;
      throw isStillGone ? errorFor(from.installation, undefined) : errorOf(place, answer);
    }
    throw endlessConflict();
  }

  private async keep(
    place: Place,
    from: Stored,
    rung: Rung,
    { credential, traceId, companyId = null, codeExpiresAt = null }: Extract<RungAnswer, { kind: 'recovered' }>,
  ): Promise<Climb> {
    const { pairs, leases, clock } = this.parts;
    const { stored, outcome } = await pairs.keep({
      place,
      from,
      credential,
      byCustomer: from.installation.state === 'uninstalled',
      adopt: (installation) => adopt(installation, credential, clock.now(), { traceId, companyId }),
    });
    leases.forget(place.key);
    if (outcome !== 'dropped') return { ...served(stored), rung, traceId: traceId ?? null, codeExpiresAt };
    if (stored.installation.state === 'active') return served(stored);
    throw errorFor(stored.installation, undefined);
  }

  /** The record under a lease; what is not stored yet is not stored before there is a credential to store. */
  private async hold(place: Place, rung: Rung): Promise<Stored> {
    const { registry, leases, outbox, takeBack, clock, lookIntervalMs } = this.parts;
    await takeBack.hasBrought(place, false);
    let waits = 0;
    for (let tries = 0; tries < MAX_TRIES && waits < MAX_WAITS;) {
      if ((await outbox.unsent(place.key)) !== null) throw unsent(place);
      const seen = await registry.look(place);
      if (seen === null)
        return { key: place.key, version: null, installation: pendingInstallation(place, clock.now()) };
      if (seen.installation.state === 'uninstalled') {
        // A bulk installation asks no location again: that HighLevel mints for it is what says that the app is back.
        if (rung === 'mint') return seen;
        throw errorFor(seen.installation, undefined);
      }
      if (!leases.isFree(seen)) {
        waits += 1;
        await clock.sleep(lookIntervalMs);
        continue;
      }
      tries += 1;
      const held = await leases.take(seen);
      if (held !== null) return held;
    }
    throw waits < MAX_WAITS ? endlessConflict() : heldByOthers(place);
  }

  /** As well as can be: a lease that is not released runs out. */
  private async release(held: Stored, from: Stored): Promise<void> {
    const { leases, log } = this.parts;
    const { unclear } = from.installation;
    try {
      if (held.version !== null) await leases.amend(held, (found) => ({ ...found, unclear, lease: null }));
    } catch {
      log.warn('A lease could not be released; it runs out', { key: held.key });
    }
    leases.forget(held.key);
  }
}

const errorOf = (place: Place, { failure }: Failed): GhlAuthError => {
  const unknown = { code: 'GHL_UNEXPECTED_RESPONSE' as const, message: 'The rung brought nothing' };
  const { code, message, status, traceId } = { status: undefined, traceId: undefined, ...(failure ?? unknown) };
  return new GhlAuthError(code, message, { installation: refOf(place), status, traceId });
};

const unsent = (place: Place): GhlAuthError =>
  new GhlAuthError('GHL_STORE_FAILED', 'What was learnt of this installation is not stored yet', {
    installation: refOf(place),
  });

const heldByOthers = (place: Place): GhlAuthError =>
  new GhlAuthError('GHL_RECOVERY_PENDING', 'Another instance goes on recovering this installation', {
    installation: refOf(place),
  });
