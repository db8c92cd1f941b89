import type { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { Clock } from '../time/clock.js';
import { BoundedMap } from './bounded-map.js';

const MAX_ENTRIES = 10_000;

/** Errors that are given again for a moment without another look: a dead or unknown installation costs nothing per call. */
export class FailureCache {
  private readonly failures = new BoundedMap<{ readonly error: GhlAuthError; readonly until: number }>(MAX_ENTRIES);

  constructor(
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
  ) {}

  get(key: string): GhlAuthError | undefined {
    if (this.failures.size === 0) return undefined;
    const failure = this.failures.get(key);
    if (failure === undefined) return undefined;
    if (this.clock.monotonic() < failure.until) return failure.error;
    this.failures.delete(key);
    return undefined;
  }

  /** Remembers an error until it makes sense to try again, and never for long: another instance may have recovered by then. */
  put(key: string, error: GhlAuthError): void {
    const inMs = error.retryAt === undefined ? this.maxAgeMs : error.retryAt.getTime() - this.clock.now();
    if (inMs <= 0) return;
    this.failures.set(key, { error, until: this.clock.monotonic() + Math.min(inMs, this.maxAgeMs) });
  }

  delete(key: string): void {
    this.failures.delete(key);
  }
}
