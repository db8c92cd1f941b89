import { Controller, Get, Param } from '@nestjs/common';
import { type InstallationStatus, TokenService } from 'nestjs-ghl-auth';

/** How a customer's connection is, for a dashboard: from the store, without a call to HighLevel. */
@Controller()
export class StatusController {
  constructor(private readonly tokens: TokenService) {}

  @Get('locations/:locationId/connection')
  ofLocation(@Param('locationId') locationId: string): Promise<InstallationStatus> {
    return this.tokens.status({ locationId });
  }

  @Get('companies/:companyId/connection')
  ofCompany(@Param('companyId') companyId: string): Promise<InstallationStatus> {
    return this.tokens.status({ companyId });
  }
}
