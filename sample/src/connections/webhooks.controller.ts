import {
  Controller,
  Headers,
  HttpCode,
  Logger,
  Post,
  type RawBodyRequest,
  Req,
  UnauthorizedException,
} from '@nestjs/common';
import { type InstallationRef, TokenService } from 'nestjs-ghl-auth';
import { CustomersService } from '../customers/customers.service.js';
import { isSigned } from './webhook-signature.js';

/** The fields of HighLevel's INSTALL and UNINSTALL that matter here. */
interface InstallEvent {
  readonly type?: string;
  readonly appId?: string;
  readonly locationId?: string;
  readonly companyId?: string;
  readonly timestamp?: string;
}

/**
 * Keeps the list of customers by HighLevel's webhooks. The same event arrives more than once and out of order: adding twice
 * changes nothing, and an UNINSTALL that is older than the latest install is skipped. (Whether HighLevel's retries keep their
 * `timestamp` is not documented; a stricter backend also remembers each `webhookId`.)
 */
@Controller('webhooks')
export class WebhooksController {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly customers: CustomersService,
    private readonly tokens: TokenService,
  ) {}

  @Post('highlevel')
  @HttpCode(200)
  async receive(
    @Req() request: RawBodyRequest<object>,
    @Headers('x-ghl-signature') signature?: string,
  ): Promise<{ received: true }> {
    const body = request.rawBody ?? Buffer.alloc(0);
    if (!isSigned(body, signature)) throw new UnauthorizedException('Not signed by HighLevel');
    const event = JSON.parse(body.toString('utf8')) as InstallEvent;
    const ref = this.refOf(event);
    if (ref !== null) await this.apply(event, ref);
    return { received: true };
  }

  private async apply({ type, timestamp }: InstallEvent, ref: InstallationRef): Promise<void> {
    const at = timestamp === undefined ? new Date() : new Date(timestamp);
    if (type === 'INSTALL') await this.customers.add(ref, at);
    if (type === 'UNINSTALL') {
      const isNews = await this.customers.remove(ref, at);
      if (isNews) await this.tokens.markUninstalled(ref, { at });
      else this.logger.log(`An UNINSTALL of ${ref.locationId ?? ref.companyId} was no news`);
    }
  }

  /** Whom the event is about; `null` where it is about another app, or nobody. */
  private refOf({ appId, locationId, companyId }: InstallEvent): InstallationRef | null {
    if (appId !== process.env['GHL_CLIENT_ID']?.split('-')[0]) return null;
    if (locationId !== undefined) return { locationId, companyId };
    return companyId === undefined ? null : { companyId };
  }
}
