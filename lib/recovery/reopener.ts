import { lookNow, type Reopened } from '../decision/look-again.js';
import { messageOf } from '../errors/scrub.js';
import type { Installation } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import { contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';

const PAGE = 200;

/**
 * Makes installations due again that ended, or wait, for lack of something that is there again. In the background and as well
 * as can be: what is missed comes back at its next call, or when the sweep next looks.
 */
export class Reopener {
  private readonly apart = contextOfNow();
  private readonly underWay = new Map<string, Promise<void>>();
  private isStopped = false;

  constructor(
    private readonly store: InstallationStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Takes note of a save: a company that has a usable credential again can mint for its locations. */
  note(before: Installation | null, { installation: { locationId, companyId, state } }: Stored): void {
    const isBack = locationId === null && state === 'active' && before?.state !== 'active';
    if (isBack && companyId !== null) this.reopen({ what: 'company', companyId });
  }

  /** Looks through the installations that this concerns. One pass at a time for each reason. */
  reopen(reopened: Reopened): void {
    const name = JSON.stringify(reopened);
    if (this.isStopped || this.underWay.has(name)) return;
    const pass = this.apart(() => this.pass(reopened))
      .catch((error: unknown) => {
        this.log.warn('Not every installation could be made due again', { ...reopened, error: messageOf(error) });
      })
      .finally(() => this.underWay.delete(name));
    this.underWay.set(name, pass);
  }

  /** Resolves when no pass is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay.values());
  }

  /** Ends what is under way after its present step. */
  stop(): void {
    this.isStopped = true;
  }

  private async pass(reopened: Reopened): Promise<void> {
    const { store, clock, log } = this;
    const group = reopened.what === 'company' ? { companyId: reopened.companyId } : {};
    let count = 0;
    for await (const page of store.pages({ ...group, limit: PAGE })) {
      for (const stored of page) {
        if (this.isStopped) return;
        if (lookNow(stored.installation, reopened, clock.now()) === null) continue;
        const { isSaved } = await store.change(stored, (found) => found && lookNow(found, reopened, clock.now()));
        if (isSaved) count += 1;
      }
    }
    if (count > 0) log.info('Installations are due again', { ...reopened, count });
  }
}
