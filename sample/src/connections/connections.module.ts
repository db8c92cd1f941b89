import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { InstallController } from './install.controller.js';
import { OAuthState } from './oauth-state.js';
import { StatusController } from './status.controller.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [CustomersModule],
  controllers: [InstallController, StatusController, WebhooksController],
  providers: [OAuthState],
  exports: [OAuthState],
})
export class ConnectionsModule {}
