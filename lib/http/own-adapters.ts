import type { AxiosAdapter } from 'axios';

/**
 * The adapters that one attachment has made: a config that is sent again carries one of them already, and is not wrapped twice. Each
 * attachment has its own: a config of one instance that is sent through another still gets the other's token.
 */
export class OwnAdapters {
  private readonly made = new WeakSet<object>();

  add(adapter: AxiosAdapter): AxiosAdapter {
    this.made.add(adapter);
    return adapter;
  }

  has(chosen: unknown): boolean {
    return typeof chosen === 'function' && this.made.has(chosen);
  }
}
