import { sweepDemand, type SweepWindows } from '../decision/sweep.js';
import type { RenewalWindows } from '../decision/renewal.js';
import { isGhlAuthError } from '../errors/ghl-auth-error.js';
import { placeOf } from '../installation/installation-ref.js';
import { installationRefOf } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { Teller } from './teller.js';

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
  /** Installations that nobody uses: left alone until they are used, or their refresh token grows old. */
  postponed: number;
  /** Records that could not be read: left as they are, and told once in the log. */
  unreadable: number;
  /** Whether everything that was due was looked at. */
  complete: boolean;
}

/** Everything that sweeping needs. */
export interface SweeperParts {
  readonly appId: string;
  readonly store: InstallationStore;
  readonly keeper: InstallationKeeper;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: {
    readonly concurrency: number;
    readonly pageSize: number;
    readonly windows: RenewalWindows & SweepWindows;
  };
}

/**
 * The pass over everything that is due: renewal ahead of time, another attempt, a slow look at suspended places, an unfinished
 * rotation, a change that the host has not been told of. Companies come before their locations, by the order of their keys.
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
    const report: SweepReport = { looked: 0, renewed: 0, failed: 0, postponed: 0, unreadable: 0, complete: true };
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
        const work = this.attend(stored, report).finally(() => atOnce.delete(work));
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
    const { appId, keeper, teller, clock, log, settings } = this.parts;
    const { key, installation } = stored;
    if (installation.untold.length > 0) teller.tell(key);
    try {
      const demand = sweepDemand(installation, key, settings.windows, clock.now());
      if (demand === null) return await this.postpone(stored, report);
      const { rung } = await keeper.climb(placeOf(appId, installationRefOf(installation)), demand);
      if (rung !== null) report.renewed += 1;
    } catch (error) {
      report.failed += 1;
      log.debug('The sweep could not recover an installation', {
        key,
        code: isGhlAuthError(error) ? error.code : undefined,
      });
    }
  }

  /** Due by its date, but not by its use: the record gets the date that its use asks for. */
  private async postpone(stored: Stored, report: SweepReport): Promise<void> {
    if (stored.installation.state !== 'active' || stored.installation.untold.length > 0) return;
    report.postponed += 1;
    await this.parts.store.save(stored, stored.installation);
  }
}
