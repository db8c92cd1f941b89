import type { Engine } from '../engine.js';
import { isGhlAuthError } from '../errors/ghl-auth-error.js';

/** A health indicator's result, in the form of `@nestjs/terminus`. */
export type GhlAuthHealthResult<K extends string = string> = Record<
  K,
  { readonly status: 'up' | 'down' } & Readonly<Record<string, unknown>>
>;

/**
 * A health indicator for `@nestjs/terminus`: `() => this.health.check([() => this.ghlAuth.check('ghl-auth')])`.
 *
 * It is down only where this instance cannot do its work: its store does not answer. A customer's dead installation, a pair that waits
 * for the store, and a HighLevel that is down never make it fail: restarting this instance would mend none of them.
 */
export class GhlAuthHealthIndicator {
  /** Made by the module. @internal */
  constructor(private readonly engine: Engine) {}

  /** @param key the name in the answer. @default 'ghl-auth' */
  async check<K extends string = 'ghl-auth'>(key = 'ghl-auth' as K): Promise<GhlAuthHealthResult<K>> {
    const { unsaved } = this.engine.health();
    const store = await this.engine.probeStore().then(
      () => 'up' as const,
      (error: unknown) => (isGhlAuthError(error) ? error.message : 'down'),
    );
    const status = store === 'up' ? 'up' : 'down';
    return { [key]: { status, store, unsaved } } as unknown as GhlAuthHealthResult<K>;
  }
}
