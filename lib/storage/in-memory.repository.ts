import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from './ghl-auth.repository.js';

/**
 * Keeps everything in this process's memory, and **loses it when the process ends**: for tests and for trying the module
 * out. In production every customer would have to authorize again after each deployment, and no second instance would see
 * what the first one has stored.
 */
export class InMemoryRepository implements GhlAuthRepository {
  private readonly records = new Map<string, GhlAuthRecord>();
  /** Keys in ascending order, those of records that are gone among them. */
  private ordered: readonly string[] = [];
  /** Keys that have come since, in no order. */
  private added: string[] = [];

  /** How many records there are, of every kind. */
  get size(): number {
    return this.records.size;
  }

  /** Forgets everything, as if the table had been dropped and made anew. */
  clear(): void {
    this.records.clear();
    this.ordered = [];
    this.added = [];
  }

  // Without an `await` inside, each of these methods runs as one step: that is what makes them atomic.

  /** {@inheritDoc GhlAuthRepository.find} */
  async find(key: string): Promise<GhlAuthRecord | null> {
    const record = this.records.get(key);
    return record === undefined ? null : copyOf(record);
  }

  /** {@inheritDoc GhlAuthRepository.save} */
  async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    const stored = this.records.get(record.key);
    if ((stored?.version ?? null) !== expectedVersion) return false;
    if (stored === undefined) this.added.push(record.key);
    this.records.set(record.key, copyOf(record));
    return true;
  }

  /** {@inheritDoc GhlAuthRepository.list} */
  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    const page: GhlAuthRecord[] = [];
    const keys = this.orderedKeys();
    const start = query.after === undefined ? 0 : positionAfter(keys, query.after);
    for (let index = start; index < keys.length && page.length < query.limit; index += 1) {
      const record = this.records.get(keys[index] ?? '');
      if (record !== undefined && isSelected(record, query)) page.push(copyOf(record));
    }
    return page;
  }

  /** {@inheritDoc GhlAuthRepository.remove} */
  async remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.records.get(key)?.version === expectedVersion && this.records.delete(key);
  }

  /** Sorting two ascending runs takes one merge, so a list after a few inserts is cheap. */
  private orderedKeys(): readonly string[] {
    if (this.added.length > 0) {
      const keys = this.ordered.concat(this.added.sort()).sort();
      this.ordered = keys.filter((key, index) => key !== keys[index - 1] && this.records.has(key));
      this.added = [];
    }
    return this.ordered;
  }
}

/** How many keys are not greater than this one. For ASCII, JavaScript's order of strings is the order of their bytes. */
function positionAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSelected(record: GhlAuthRecord, query: GhlAuthRecordQuery): boolean {
  if (record.kind !== query.kind) return false;
  if (query.group !== undefined && record.group !== query.group) return false;
  return query.dueBefore === undefined || (record.due !== null && record.due.getTime() < query.dueBefore.getTime());
}

function copyOf(record: GhlAuthRecord): GhlAuthRecord {
  return {
    kind: record.kind,
    key: record.key,
    group: record.group,
    due: record.due === null ? null : new Date(record.due),
    version: record.version,
    format: record.format,
    body: record.body,
    locationId: record.locationId,
    companyId: record.companyId,
    clientId: record.clientId,
    state: record.state,
    expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt),
  };
}
