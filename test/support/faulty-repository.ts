import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';

/** The repository's methods. */
export type Operation = 'find' | 'save' | 'list' | 'remove';

/**
 * - `before`: throws, nothing was done · `after`: throws although it was done · `hang`: never answers, nothing was done ·
 *   `hangAfter`: never answers although it was done
 * - `conflict`: answers that it was not saved (or found, or removed), and does nothing
 * - `{ answer }`: answers this, and does nothing
 */
export type StoreFault = 'before' | 'after' | 'hang' | 'hangAfter' | 'conflict' | { readonly answer: unknown };

/** Which calls a fault meets. */
export interface StoreFaultOptions {
  /** @default every operation */
  readonly on?: Operation | readonly Operation[];
  /** How many calls. @default 1 */
  readonly times?: number;
  /** How many matching calls go well before. @default 0 */
  readonly after?: number;
  /** Only some calls: `record` is what is to be saved. */
  readonly when?: (key: string, record: GhlAuthRecord | undefined) => boolean;
  /** What is thrown. @default an error that quotes the whole record, as drivers do */
  readonly error?: (record: GhlAuthRecord | undefined) => Error;
}

interface ActiveFault extends StoreFaultOptions {
  readonly fault: StoreFault;
  left: number;
  wait: number;
}

/** A call that the repository has seen. */
export interface StoreCall {
  readonly operation: Operation;
  readonly key: string;
  readonly state: string | null;
}

/** A repository whose database fails as tests ask for. */
export class FaultyRepository implements GhlAuthRepository {
  /** Every call, those that failed among them. */
  readonly calls: StoreCall[] = [];
  /** Hears of every call that fails. */
  onFault: () => void = () => undefined;
  private faults: ActiveFault[] = [];
  private readonly keys = new Set<string>();

  constructor(readonly inner = new InMemoryRepository()) {}

  /** Sets a fault up. Faults are tried in the order in which they were set up. */
  fail(fault: StoreFault, options: StoreFaultOptions = {}): void {
    this.faults.push({ ...options, fault, left: options.times ?? 1, wait: options.after ?? 0 });
  }

  /** Everything works again. */
  mend(): void {
    this.faults = [];
  }

  /** How often an operation was called since a mark (`calls.length` at some moment). */
  count(operation: Operation, since = 0): number {
    return this.calls.slice(since).filter((call) => call.operation === operation).length;
  }

  /** The table is dropped and made anew. */
  dropAll(): void {
    this.inner.clear();
  }

  /** A backup of everything, to be given to {@link restore}. */
  async backup(): Promise<readonly GhlAuthRecord[]> {
    const records = await Promise.all([...this.keys].map((key) => this.inner.find(key)));
    return records.filter((record) => record !== null);
  }

  /** Brings a backup back: what came later is gone. */
  async restore(backup: readonly GhlAuthRecord[]): Promise<void> {
    this.inner.clear();
    for (const record of backup) await this.inner.save(record, null);
  }

  async find(key: string): Promise<GhlAuthRecord | null> {
    return this.pass('find', key, undefined, null, () => this.inner.find(key));
  }

  async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    this.keys.add(record.key);
    return this.pass('save', record.key, record, false, () => this.inner.save(record, expectedVersion));
  }

  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    return this.pass('list', query.kind, undefined, [], () => this.inner.list(query));
  }

  async remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.pass('remove', key, undefined, false, () => this.inner.remove(key, expectedVersion));
  }

  private async pass<T>(
    operation: Operation,
    key: string,
    record: GhlAuthRecord | undefined,
    conflict: T,
    work: () => Promise<T>,
  ): Promise<T> {
    this.calls.push({ operation, key, state: record?.state ?? null });
    const active = this.take(operation, key, record);
    if (active === undefined) return work();
    const { fault } = active;
    this.onFault();
    if (typeof fault === 'object') return fault.answer as T;
    if (fault === 'conflict') return conflict;
    if (fault === 'after' || fault === 'hangAfter') await work();
    if (fault === 'hang' || fault === 'hangAfter') return new Promise<never>(() => undefined);
    throw active.error?.(record) ?? new Error(`connection lost, parameters: ${JSON.stringify(record)}`);
  }

  private take(operation: Operation, key: string, record: GhlAuthRecord | undefined): ActiveFault | undefined {
    for (const fault of this.faults) {
      const operations = fault.on === undefined ? undefined : [fault.on].flat();
      if (fault.left <= 0 || (operations !== undefined && !operations.includes(operation))) continue;
      if (fault.when !== undefined && !fault.when(key, record)) continue;
      if (fault.wait > 0) {
        fault.wait -= 1;
        continue;
      }
      fault.left -= 1;
      return fault;
    }
    return undefined;
  }
}
