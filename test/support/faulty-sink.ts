import type { GhlAuthEmergencySink } from '../../lib/storage/emergency-sink.js';

/** The sink's methods. */
export type SinkOperation = 'put' | 'list' | 'get' | 'remove';

/** Throws, or never answers; `hangAfter` does what it was asked to first. */
export type SinkFault = 'throws' | 'hangs' | 'hangsAfter';

/** An emergency sink in memory, which fails as tests ask for. */
export class FaultySink implements GhlAuthEmergencySink {
  readonly entries = new Map<string, string>();
  readonly calls: SinkOperation[] = [];
  private fault: SinkFault | null = null;
  private failing: readonly SinkOperation[] = [];

  /** Fails until it is mended. */
  fail(fault: SinkFault, on: readonly SinkOperation[] = ['put', 'list', 'get', 'remove']): void {
    this.fault = fault;
    this.failing = on;
  }

  mend(): void {
    this.fault = null;
  }

  put(key: string, text: string): Promise<void> {
    return this.pass('put', () => void this.entries.set(key, text), text);
  }

  list(): Promise<readonly string[]> {
    return this.pass('list', () => [...this.entries.keys()]);
  }

  get(key: string): Promise<string | null> {
    return this.pass('get', () => this.entries.get(key) ?? null);
  }

  remove(key: string): Promise<void> {
    return this.pass('remove', () => void this.entries.delete(key));
  }

  private async pass<T>(operation: SinkOperation, work: () => T, quoted = ''): Promise<T> {
    this.calls.push(operation);
    if (this.fault === null || !this.failing.includes(operation)) return work();
    // As clients of object stores do: the error quotes what was sent.
    if (this.fault === 'throws') throw new Error(`503 SlowDown ${quoted}`);
    if (this.fault === 'hangsAfter') work();
    return new Promise<never>(() => undefined);
  }
}
