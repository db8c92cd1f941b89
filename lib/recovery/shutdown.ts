import type { Log } from '../logging/log.js';
import type { Alarms } from '../time/alarms.js';
import { waitFor } from '../time/wait-for.js';
import type { Authorizations } from './authorizations.js';
import type { Emergency } from './emergency.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { Outbox } from './outbox.js';
import type { Reopener } from './reopener.js';
import type { Sweeper } from './sweeper.js';
import type { TakeBack } from './take-back.js';
import type { Teller } from './teller.js';

/** Everything that has to come to its end. */
export interface ShutdownParts {
  readonly keeper: InstallationKeeper;
  readonly authorizations: Authorizations;
  readonly sweeper: Sweeper;
  readonly reopener: Reopener;
  readonly sealer: { stop(): Promise<void> };
  readonly jobs: { close(): Promise<void> };
  readonly takeBack: TakeBack;
  readonly outbox: Outbox;
  readonly emergency: Emergency;
  readonly teller: Teller;
  readonly alarms: Alarms;
  readonly log: Log;
  /** For everything together (ms). */
  readonly limitMs: number;
  /** A part of it that is kept for the emergency sink, if there is one, at most. */
  readonly sinkLimitMs: number;
}

/** Ends an instance: nothing further is started; what is under way, its writes and its telling are waited for, bounded. */
export class Shutdown {
  constructor(private readonly parts: ShutdownParts) {}

  async run(): Promise<void> {
    const { authorizations, reopener, takeBack, outbox, emergency, teller, log, limitMs, sinkLimitMs } = this.parts;
    // What came last has to get into the emergency sink too.
    const reserveMs = emergency.store === undefined ? 0 : Math.min(sinkLimitMs, limitMs / 4);
    reopener.stop();
    takeBack.stop();
    const ending = this.underWay()
      .then(() => outbox.drain())
      .then(() => teller.settled());
    await this.within(ending, limitMs - reserveMs).catch((error: Error) => log.error(error.message));
    authorizations.stop();
    outbox.stop();
    const leaving = this.underWay().then(() => emergency.settled());
    if (reserveMs > 0) await this.within(leaving, reserveMs).catch(() => undefined);
    this.reportUnsaved();
    teller.stop();
  }

  private async underWay(): Promise<void> {
    const { keeper, authorizations, sweeper, reopener, sealer, jobs } = this.parts;
    await Promise.all([keeper.close(), sweeper.settled(), reopener.settled(), sealer.stop(), jobs.close()]);
    // Last: a customer who comes back meanwhile is taken in still.
    await authorizations.close();
  }

  private within(work: Promise<void>, limitMs: number): Promise<void> {
    const { alarms, limitMs: wholeMs } = this.parts;
    const message = `shutdown: not everything under way ended within ${wholeMs} ms (timeouts.shutdownMs)`;
    return waitFor(work, alarms, { limitMs, onTimeout: () => new Error(message) });
  }

  private reportUnsaved(): void {
    const { outbox, emergency, log } = this.parts;
    const what = 'Shut down with what the store has not taken';
    const kept = outbox.keys().filter((key) => emergency.isSafe(key));
    const lost = outbox.keys().filter((key) => !emergency.isSafe(key));
    if (kept.length > 0) log.warn(`${what}: it is in the emergency sink, for the next start`, { keys: kept });
    if (lost.length > 0) log.error(`${what}: it is lost`, { keys: lost });
  }
}
