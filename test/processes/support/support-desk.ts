import { setTimeout as sleep } from 'node:timers/promises';
import type { Chronicle } from './chronicle.js';
import type { Fleet } from './fleet.js';
import type { Installer } from './installer.js';

/** A customer in the backend's own list. */
interface Customer {
  readonly locationId: string | null;
  readonly companyId: string | null;
  readonly connection: string | null;
}

const LOOK_EVERY_MS = 700;

/** People at the host's: they see in its list of customers who has to authorize the app again, and have that done. */
export class SupportDesk {
  private isOver = false;
  private readonly work: Promise<void>;

  constructor(
    private readonly fleet: Fleet,
    private readonly installer: Installer,
    private readonly chronicle: Chronicle,
  ) {
    this.work = this.attend();
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async attend(): Promise<void> {
    while (!this.isOver) {
      await sleep(LOOK_EVERY_MS);
      const origin = this.fleet.running.find(({ url }) => url !== null)?.url;
      // A backend that cannot answer just now is asked again.
      if (origin != null) await this.look(origin).catch(() => undefined);
    }
  }

  private async look(origin: string): Promise<void> {
    const answer = await fetch(`${origin}/customers`, { signal: AbortSignal.timeout(5_000) });
    const customers = (await answer.json()) as readonly Customer[];
    for (const { locationId, companyId, connection } of customers) {
      if (connection !== 'needs_reauthorization') continue;
      await this.installer.authorizeAgain(
        origin,
        locationId === null ? { companyId: companyId ?? '' } : { locationId },
      );
      this.chronicle.count('authorized again');
    }
  }
}
