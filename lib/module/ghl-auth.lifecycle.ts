import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Engine } from '../engine.js';
import type { HighLevelTransport } from '../highlevel/transport.js';
import { ModulesContainer } from '@nestjs/core';
import { assertToldApart } from './registrations.js';
import { RefreshJob } from './refresh.job.js';
import { GHL_AUTH_ENGINE, GHL_AUTH_TRANSPORT } from './tokens.js';

/**
 * Waits, when the application shuts down, for rotations under way and their writes; then closes the connections to HighLevel.
 * Nest calls it at `app.close()`, and at a signal where `app.enableShutdownHooks()` was called.
 * @internal
 */
@Injectable()
export class GhlAuthLifecycle implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Inject(GHL_AUTH_ENGINE) private readonly engine: Engine,
    @Inject(GHL_AUTH_TRANSPORT) private readonly transport: HighLevelTransport,
    @Inject(RefreshJob) private readonly job: RefreshJob,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  async onModuleInit(): Promise<void> {
    assertToldApart(this.modules);
    await this.engine.begin();
  }

  async onModuleDestroy(): Promise<void> {
    this.job.stop();
    await this.engine.close();
    await this.transport.close?.();
  }
}
