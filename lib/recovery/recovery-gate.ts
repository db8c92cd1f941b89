import { isFinishable } from '../decision/grace.js';
import { blockOf, pausesInForce, type Mode, type Pause, type PauseScope } from '../decision/pause.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import type { Installation, Rung } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { AppRecord } from './app-record.js';
import { BoundedMap } from './bounded-map.js';

/** What is observed is reported once in so long. */
const REPORT_PAUSE_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;
/** A pause without an end is looked at again after so long. */
const LOOK_AGAIN_MS = 30_000;

/** Stands before every way to HighLevel's tokens: the mode of this instance, and the pauses that the fleet obeys. */
export class RecoveryGate {
  private readonly reported = new BoundedMap<number>(MAX_REMEMBERED);
  private announced = '';

  constructor(
    private readonly record: AppRecord,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly mode: Mode,
  ) {}

  /**
   * Why this rung must not be climbed for this place now, or `null`.
   * @param rung `null`: none is left, and giving up would come next
   * @param installation what is known of it: a pause does not keep back a rotation that has begun and can still be finished
   */
  async blockFor(place: Place, rung: Rung | null, installation?: Installation): Promise<GhlAuthError | null> {
    await this.record.refresh();
    this.announce();
    const now = this.clock.now();
    const block = blockOf(rung, this.mode, this.record.app.pauses, now);
    if (block === null) return null;
    const isFinishing = rung === 'refresh' && installation !== undefined && isFinishable(installation, now);
    if (this.mode === 'active' && isFinishing) return null;
    this.report(place, rung);
    const retryAt = this.mode === 'active' ? new Date(block.until ?? now + LOOK_AGAIN_MS) : undefined;
    return new GhlAuthError('GHL_PAUSED', block.message, { installation: refOf(place), retryAt });
  }

  /** The pauses in force, as stored. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async pauses(): Promise<readonly (readonly [PauseScope, Pause])[]> {
    const { pauses } = await this.record.latest();
    return pausesInForce(pauses, this.clock.now());
  }

  /** Pauses for the whole fleet, or changes the end and the reason of a pause. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async pause(scope: PauseScope, reason: string | null, until: number | null): Promise<void> {
    const now = this.clock.now();
    await this.record.change((app) => {
      const since = app.pauses[scope]?.since ?? now;
      return { ...app, pauses: { ...app.pauses, [scope]: { since, until, reason } } };
    });
    this.announce();
  }

  /** Ends a pause, or all of them. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async resume(scope: PauseScope | undefined): Promise<void> {
    // An instance that has had nothing to do knows of no pause.
    await this.record.latest();
    await this.record.change((app) => {
      const left = Object.entries(app.pauses).filter(([name]) => scope !== undefined && name !== scope);
      return left.length === Object.keys(app.pauses).length ? app : { ...app, pauses: Object.fromEntries(left) };
    });
    this.announce();
  }

  /** Says once on each instance what it obeys. */
  private announce(): void {
    const inForce = pausesInForce(this.record.app.pauses, this.clock.now());
    const text = JSON.stringify(inForce);
    if (text === this.announced) return;
    const wasPaused = this.announced !== '' && this.announced !== '[]';
    this.announced = text;
    for (const [scope, { reason, until }] of inForce) {
      this.log.warn('Paused: valid tokens go on being served', { scope, reason, until });
    }
    if (inForce.length === 0 && wasPaused) this.log.warn('The pause is over');
  }

  private report(place: Place, rung: Rung | null): void {
    if (this.mode !== 'observe') return;
    const name = `${place.key} ${rung}`;
    const now = this.clock.monotonic();
    const last = this.reported.get(name);
    if (last !== undefined && now - last < REPORT_PAUSE_MS) return;
    this.reported.set(name, now);
    const would = rung ?? 'give up: needs reauthorization';
    this.log.info('Observed: a recovery would begin', { key: place.key, would });
  }
}
