import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Engine } from '../engine.js';
import { GHL_AUTH_ENGINE } from './tokens.js';

/** Waits, when the application shuts down, for rotations under way and their writes. Needs `app.enableShutdownHooks()` or `app.close()`. */
@Injectable()
export class GhlAuthLifecycle implements OnModuleDestroy {
  constructor(@Inject(GHL_AUTH_ENGINE) private readonly engine: Engine) {}

  async onModuleDestroy(): Promise<void> {
    await this.engine.close();
  }
}
