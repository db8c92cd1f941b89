import { Injectable, Logger } from '@nestjs/common';
import type { GhlAuthListener, InstallationChange } from 'nestjs-ghl-auth';
import { CustomersService } from './customers.service.js';

/** Hears of every change of a connection, at least once. A real backend would write to the customer here. */
@Injectable()
export class ConnectionChangesListener implements GhlAuthListener {
  private readonly logger = new Logger('Connections');

  constructor(private readonly customers: CustomersService) {}

  /** If this throws, the module tells the same change again later. */
  async onInstallationChange(change: InstallationChange): Promise<void> {
    await this.customers.note(change);
    const { installation, from, to, reason, traceId } = change;
    const who = installation.locationId ?? installation.companyId;
    const why = [reason, traceId && `traceId ${traceId}`].filter(Boolean).join(', ');
    const line = `${who}: ${from ?? 'new'} → ${to}${why && ` (${why})`}`;
    if (to === 'active') this.logger.log(line);
    else this.logger.warn(line);
  }
}
