import { EMPTY_APP_STATE, type AppState } from '../../../lib/decision/app-state.js';
import { readInstallation, writeInstallation } from '../../../lib/installation/installation-codec.js';
import type { Installation } from '../../../lib/installation/installation.js';
import type { GhlAuthRecord } from '../../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../../lib/storage/in-memory.repository.js';
import type { Clock } from '../../../lib/time/clock.js';
import type { Chronicle } from './chronicle.js';
import type { Member } from './member.js';

const PLAIN = 'plain.1:';

/** The store that all instances share. Everything that is stored in it, or lost from it, is chronicled. */
export class StoreLog extends InMemoryRepository {
  /** Who is at it now. */
  writer: Member | null = null;
  private readonly stored = new Map<string, GhlAuthRecord>();
  private readonly installations = new Map<string, Installation>();

  constructor(
    private readonly chronicle: Chronicle,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** Runs a call of an instance. What is stored in its first step, as in memory it is, was stored by this instance. */
  by<T>(member: Member, work: () => Promise<T>): Promise<T> {
    this.writer = member;
    try {
      return work();
    } finally {
      this.writer = null;
    }
  }

  override async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    const { writer } = this;
    const tick = this.chronicle.tick();
    const isSaved = await super.save(record, expectedVersion);
    if (isSaved) this.note(tick, record.key, writer, record);
    else this.chronicle.conflicts += 1;
    return isSaved;
  }

  override async remove(key: string, expectedVersion: number): Promise<boolean> {
    const { writer } = this;
    const isRemoved = await super.remove(key, expectedVersion);
    if (isRemoved) this.note(this.chronicle.tick(), key, writer, null);
    return isRemoved;
  }

  /** The record as it is. */
  current(key: string): GhlAuthRecord | null {
    return this.stored.get(key) ?? null;
  }

  /** The installation as it is stored. */
  installation(key: string): Installation | null {
    return this.installations.get(key) ?? null;
  }

  /** Somebody deletes one record. */
  async drop(key: string): Promise<void> {
    const record = this.current(key);
    if (record !== null) await this.remove(key, record.version);
  }

  /** The table is dropped and made anew. */
  dropAll(): void {
    this.clear();
    for (const key of [...this.stored.keys()]) this.note(this.chronicle.tick(), key, null, null);
  }

  /** Everything as it is, to be given to {@link restore}. */
  backup(): readonly GhlAuthRecord[] {
    return [...this.stored.values()];
  }

  /** Brings a backup back: what came later is gone. */
  async restore(backup: readonly GhlAuthRecord[]): Promise<void> {
    const kept = new Map(backup.map((record) => [record.key, record]));
    for (const [key, { version }] of [...this.stored]) if (kept.get(key)?.version !== version) await this.drop(key);
    for (const record of backup) if (this.current(record.key) === null) await this.save(record, null);
  }

  /** Somebody else takes a lease, whoever holds it. */
  async takeLease(key: string, lease: NonNullable<Installation['lease']>): Promise<void> {
    const [record, installation] = [this.current(key), this.installation(key)];
    if (record === null || installation === null) return;
    const body = PLAIN + writeInstallation({ ...installation, lease });
    await this.save({ ...record, body, version: record.version + 7 }, record.version);
  }

  private note(tick: number, key: string, writer: Member | null, record: GhlAuthRecord | null): void {
    const when = { tick, at: this.clock.monotonic() };
    const former = this.current(key);
    if (record === null) this.stored.delete(key);
    else this.stored.set(key, record);
    if (key.startsWith('app/')) {
      this.chronicle.appCommits.push({ ...when, before: appIn(former), after: appIn(record) });
      return;
    }
    const [before, after] = [this.installation(key), record === null ? null : readInstallation(textOf(record))];
    if (after === null) this.installations.delete(key);
    else this.installations.set(key, after);
    this.chronicle.commits.push({ ...when, key, writer, before, after });
  }
}

const textOf = ({ body }: GhlAuthRecord): string => body.slice(PLAIN.length);

const appIn = (record: GhlAuthRecord | null): AppState | null =>
  record === null ? null : { ...EMPTY_APP_STATE, ...(JSON.parse(textOf(record)) as AppState) };
