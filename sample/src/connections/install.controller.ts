import { BadRequestException, Controller, Get, Query, Redirect } from '@nestjs/common';
import { type InstallationRef, TokenService } from 'nestjs-ghl-auth';
import { CustomersService } from '../customers/customers.service.js';
import { OAuthState } from './oauth-state.js';

/** How a customer installs the app, and authorizes it again. */
@Controller('oauth')
export class InstallController {
  constructor(
    private readonly tokens: TokenService,
    private readonly customers: CustomersService,
    private readonly states: OAuthState,
  ) {}

  /** The install link: on to HighLevel, where the customer picks a location. */
  @Get('install')
  @Redirect()
  install(): { url: string } {
    return { url: this.tokens.authorizationUrl({ state: this.states.issue() }) };
  }

  /** Where HighLevel sends the customer back to, with a code: the redirect URI. */
  @Get('callback')
  async callback(
    @Query('code') code?: string,
    @Query('state') state?: string,
  ): Promise<{ installed: InstallationRef }> {
    this.checkState(state);
    if (!code) throw new BadRequestException('HighLevel sent no authorization code');
    const { installation } = await this.tokens.exchangeCode(code);
    await this.customers.add(installation, new Date());
    return { installed: installation };
  }

  private checkState(state: string | undefined): void {
    // Installs that begin on HighLevel's own marketplace page, not at `/oauth/install`, bring no state.
    if (state === undefined && process.env['ACCEPT_MARKETPLACE_INSTALLS'] === 'true') return;
    if (state === undefined || !this.states.isValid(state)) {
      throw new BadRequestException('This link is too old or not ours. Begin again at /oauth/install');
    }
  }
}
