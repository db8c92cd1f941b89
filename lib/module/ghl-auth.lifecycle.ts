import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Engine } from '../engine.js';
import { ModulesContainer } from '@nestjs/core';
import { assertToldApart } from './registrations.js';
import { RefreshJob } from './refresh.job.js';
import type { HostPorts } from './ghl-auth-host.module.js';
import { GHL_AUTH_ENGINE, GHL_AUTH_PORTS } from './tokens.js';

/**
 * Has what the emergency sink holds taken back when the application starts. Waits, when it shuts down, for rotations under way and their writes; then closes the connections to HighLevel.
 * Nest calls it at `app.close()`, and at a signal where `app.enableShutdownHooks()` was called.
 * @internal
 */
@Injectable()
export class GhlAuthLifecycle implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(GHL_AUTH_ENGINE) private readonly engine: Engine,
    @Inject(GHL_AUTH_PORTS) private readonly ports: Pick<HostPorts, 'transport'>,
    @Inject(RefreshJob) private readonly job: RefreshJob,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  async onModuleInit(): Promise<void> {
    assertToldApart(this.modules);
    await this.engine.prepare();
  }

  /** By now the host's own providers have been made ready. */
  onApplicationBootstrap(): void {
    this.engine.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.job.stop();
    await this.engine.close();
    await this.ports.transport.close?.();
  }
}
