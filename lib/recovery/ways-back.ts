import type { WaysBack } from '../decision/judge.js';
import type { Policy } from '../decision/policy.js';
import type { ClientPairs } from '../highlevel/client-pairs.js';
import { placeOf, type Place } from '../installation/installation-ref.js';
import type { Installation } from '../installation/installation.js';
import type { Clock } from '../time/clock.js';
import type { AppRungs } from './app-rungs.js';
import type { InstallationRegistry } from './installation-registry.js';

/** Everything that looking for ways back needs. */
export interface WaysBackParts {
  readonly appId: string;
  readonly registry: InstallationRegistry;
  readonly apps: AppRungs;
  readonly clients: ClientPairs;
  readonly clock: Clock;
  readonly policy: Policy;
}

/** No way back is there again. */
export const NO_WAYS: WaysBack = { isOpen: () => false };

/** Tells which ways back installations have, or have again. Without a call to HighLevel. */
export class WaysBackFinder {
  constructor(private readonly parts: WaysBackParts) {}

  /** Which of the ways back that an installation was given up for are there again. */
  async find(place: Place, { state, lacking, clientId, companyId }: Installation): Promise<WaysBack> {
    if (state !== 'needs_reauthorization') return NO_WAYS;
    const reconnect = lacking.includes('reconnect') && (await this.isReconnectTriable(clientId));
    const company = lacking.includes('company') && place.kind === 'location' && (await this.isCompanyUsable(companyId));
    const open = { reconnect, company };
    return { isOpen: (way) => open[way] };
  }

  private isReconnectTriable(clientId: string | null): Promise<boolean> {
    const { apps, clock } = this.parts;
    return this.hasReconnect(clientId, (id) =>
      [apps.closedUntil('reconnect', id), apps.closedUntil('clients', id)].every(
        (moment) => moment === null || clock.now() >= moment,
      ),
    );
  }

  /** As far as HighLevel has said: where it was never asked, it has closed nothing. */
  isReconnectOpen(clientId: string | null): Promise<boolean> {
    return this.hasReconnect(clientId, (id) => this.parts.apps.closedUntil('reconnect', id) === null);
  }

  private async hasReconnect(clientId: string | null, isOpen: (clientId: string) => boolean): Promise<boolean> {
    const { apps, clients, policy } = this.parts;
    if (!policy.rungs.reconnect) return false;
    await apps.refresh();
    const known = clients.find(clientId);
    return (known ? [known] : clients.inOrder(null)).some((pair) => isOpen(pair.clientId));
  }

  private async isCompanyUsable(companyId: string | null): Promise<boolean> {
    const { appId, registry, policy } = this.parts;
    if (!policy.rungs.mint || companyId === null) return false;
    const company = await registry.find(placeOf(appId, { companyId }).key);
    return company?.installation.state === 'active';
  }
}
