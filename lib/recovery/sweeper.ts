import { lookLater } from '../decision/look-again.js';
import { sweepDemand, type SweepWindows } from '../decision/sweep.js';
import type { RenewalWindows } from '../decision/renewal.js';
import { isGhlAuthError } from '../errors/ghl-auth-error.js';
import { placeOf } from '../installation/installation-ref.js';
import { installationRefOf } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import { inBulk } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { Teller } from './teller.js';
import type { UnfinishedRotations } from './unfinished-rotations.js';
import type { WaysBackFinder } from './ways-back.js';

/** Bounds of one run of the sweep. */
export interface SweepOptions {
  /**
   * At most so many installations are worked on; what is left is due still.
   * @default no limit
   */
  readonly limit?: number;
  /** Ends the run after what is under way. */
  readonly signal?: AbortSignal;
}

/** What one run of the sweep did. */
export interface SweepReport {
  /** Records that were due. */
  looked: number;
  /** Installations that were renewed or recovered. */
  renewed: number;
  /** Installations that were tried in vain; the next attempt is noted in their records. */
  failed: number;
  /** Installations that nothing was done for because recovery is paused, or switched off by the mode. They stay due. */
  paused: number;
  /** Installations that nobody uses, or that still have no way back: left alone until they are used, their refresh token grows old, or they are looked at again. */
  postponed: number;
  /** Records that could not be read: left as they are, and told once in the log. */
  unreadable: number;
  /** Whether everything that was due was looked at. */
  complete: boolean;
}

/** Everything that sweeping needs. @internal */
export interface SweeperParts {
  readonly appId: string;
  readonly store: InstallationStore;
  readonly keeper: InstallationKeeper;
  readonly teller: Teller;
  readonly ways: WaysBackFinder;
  readonly unfinished: UnfinishedRotations;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly settings: {
    readonly concurrency: number;
    readonly pageSize: number;
    readonly closedRungTryMs: number;
    readonly windows: RenewalWindows & SweepWindows;
  };
}

/**
 * The pass over everything that is due: renewal ahead of time, another attempt, a slow look at suspended places, an unfinished
 * rotation, a change that the host has not been told of. Companies come before their locations, by the order of their keys.
 * @internal
 */
export class Sweeper {
  private running: Promise<SweepReport> | null = null;

  constructor(private readonly parts: SweeperParts) {}

  /** Runs once; a run that is under way is joined, not doubled. */
  run(options: SweepOptions = {}): Promise<SweepReport> {
    this.running ??= this.sweep(options).finally(() => (this.running = null));
    return this.running;
  }

  /** Resolves when no run is under way. */
  async settled(): Promise<void> {
    await this.running?.catch(() => undefined);
  }

  private async sweep({ limit = Number.POSITIVE_INFINITY, signal }: SweepOptions): Promise<SweepReport> {
    const { store, clock, settings } = this.parts;
    const report: SweepReport = {
      looked: 0,
      renewed: 0,
      failed: 0,
      paused: 0,
      postponed: 0,
      unreadable: 0,
      complete: true,
    };
    const dueBefore = new Date(clock.now() + 1);
    const atOnce = new Set<Promise<void>>();
    const onUnreadable = (count: number): void => void (report.unreadable += count);
    for await (const page of store.pages({ dueBefore, limit: settings.pageSize, onUnreadable })) {
      for (const stored of page) {
        if (report.looked >= limit || signal?.aborted) {
          report.complete = false;
          break;
        }
        report.looked += 1;
        const work = inBulk(() => this.attend(stored, report)).finally(() => atOnce.delete(work));
        atOnce.add(work);
        if (atOnce.size >= settings.concurrency) await Promise.race(atOnce);
      }
      if (!report.complete) break;
    }
    await Promise.all(atOnce);
    return report;
  }

  /** Does what one record asks for. Trouble with one installation stops no other. */
  private async attend(stored: Stored, report: SweepReport): Promise<void> {
    const { appId, store, keeper, teller, unfinished, clock, log, settings } = this.parts;
    const { key, installation } = stored;
    const place = placeOf(appId, installationRefOf(installation));
    if (installation.untold.length > 0) teller.tell(key);
    try {
      // Noted by an instance that had a listener. Saving takes it off, or the record would be due for ever.
      if (installation.untold.length > 0 && !store.keepsUntold) return void (await store.save(stored, installation));
      const demand = sweepDemand(installation, key, settings.windows, clock.now());
      if (demand === null || !(await this.hasWayBack(stored))) return await this.postpone(stored, report);
      const climb = await keeper.climbFromStore(place, demand);
      if (climb.rung !== null) report.renewed += 1;
      unfinished.watch(climb.stored, async () => (await keeper.climbFromStore(place, demand)).stored);
    } catch (error) {
      if (isGhlAuthError(error, 'GHL_PAUSED')) {
        report.paused += 1;
        return;
      }
      report.failed += 1;
      log.debug('The sweep could not recover an installation', {
        key,
        code: isGhlAuthError(error) ? error.code : undefined,
      });
    }
  }

  /** Whether there is anything to climb for: of what was given up, only where a way that was missing is there again. */
  private async hasWayBack({ installation }: Stored): Promise<boolean> {
    const { appId, ways } = this.parts;
    if (installation.state !== 'needs_reauthorization') return true;
    const found = await ways.find(placeOf(appId, installationRefOf(installation)), installation);
    return installation.lacking.some((lacking) => found.isOpen(lacking));
  }

  /** Due by its date, but there is nothing to do for it: the record gets a later date, by its use or by how long it has ended. */
  private async postpone(stored: Stored, report: SweepReport): Promise<void> {
    const { store, clock, settings, random } = this.parts;
    const { installation } = stored;
    const isEnded = installation.state === 'needs_reauthorization';
    if (installation.untold.length > 0 && !isEnded) return;
    if (installation.state !== 'active' && !isEnded) return;
    report.postponed += 1;
    const later = isEnded ? lookLater(installation, settings, clock.now(), random()) : installation;
    await store.save(stored, later);
  }
}
