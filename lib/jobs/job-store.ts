import { endlessConflict } from '../storage/installation-store.js';
import { prefixOf } from '../storage/kinds.js';
import type { OpenRecord, RecordStore } from '../storage/record-store.js';
import { chunkName, type Chunk, type Job, type Phase } from './job.js';
import type { JobItem } from './job-types.js';
import { OPEN, OPEN_BEFORE } from './open-jobs.js';

const FORMAT = 1;
const PAGE = 200;
const MAX_CONFLICTS = 50;
const PLAIN = { locationId: null, companyId: null, clientId: null, state: null, expiresAt: null };
const CHUNK = 'job_chunk';
const ITEM = 'job_item';

/** A record of a job's, with the version under which it is stored. */
export interface Kept<T> {
  readonly key: string;
  readonly version: number;
  readonly body: T;
}

type StoredItem = Omit<JobItem, 'at'> & { readonly at: number };

/** Jobs, their pieces and what became of each installation, in the repository. */
export class JobStore {
  constructor(
    private readonly records: RecordStore,
    private readonly appId: string,
  ) {}

  async findJob(id: string): Promise<Kept<Job> | null> {
    return this.find<Job>(prefixOf('job', this.appId) + id);
  }

  /** @returns whether it was stored: no job has this id */
  async addJob(job: Job): Promise<boolean> {
    return (await this.saveJob(job, null)) !== null;
  }

  /** Changes the job on top of whatever is stored. @returns what is stored then, or `null` where there is none */
  async changeJob(id: string, change: (job: Job) => Job): Promise<Job | null> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const kept = await this.findJob(id);
      if (kept === null) return null;
      const next = change(kept.body);
      if (next === kept.body || (await this.saveJob(next, kept.version)) !== null) return next;
    }
    throw endlessConflict();
  }

  /** All jobs, oldest first. */
  async *jobs(onlyOpen = false): AsyncGenerator<Job> {
    const query = { kind: 'job', group: this.appId, limit: PAGE, ...(onlyOpen && { dueBefore: OPEN_BEFORE }) };
    for await (const { body } of this.list<Job>(prefixOf('job', this.appId), query)) yield body;
  }

  async addChunk(id: string, phase: Phase, index: number, chunk: Chunk): Promise<void> {
    await this.save(CHUNK, `${prefixOf(CHUNK, this.appId)}${id}/${chunkName(phase, index)}`, id, OPEN, chunk, null);
  }

  /** The pieces of a job, in order. */
  async *chunks(id: string, onlyOpen = false): AsyncGenerator<Kept<Chunk>> {
    const query = { kind: CHUNK, group: id, limit: 20, ...(onlyOpen && { dueBefore: OPEN_BEFORE }) };
    yield* this.list<Chunk>(`${prefixOf(CHUNK, this.appId)}${id}/`, query);
  }

  /** @returns the version, or `null` where somebody else has stored something */
  async saveChunk(id: string, kept: Kept<Chunk>, chunk: Chunk): Promise<number | null> {
    return this.save(CHUNK, kept.key, id, chunk.isDone ? null : OPEN, chunk, kept.version);
  }

  /** What became of the entries of a piece, by their position. */
  async itemsOf(chunkKey: string): Promise<Map<number, JobItem>> {
    const items = new Map<number, JobItem>();
    const group = nameOf(chunkKey);
    const prefix = `${prefixOf(ITEM, this.appId)}${group}/`;
    for await (const { key, body } of this.list<StoredItem>(prefix, { kind: ITEM, group, limit: PAGE }))
      items.set(Number(key.slice(prefix.length)), { ...body, at: new Date(body.at) });
    return items;
  }

  /** Keeps what became of an entry; what is there already stays. */
  async addItem(chunkKey: string, index: number, item: JobItem): Promise<void> {
    const group = nameOf(chunkKey);
    const key = `${prefixOf(ITEM, this.appId)}${group}/${String(index).padStart(3, '0')}`;
    await this.save(ITEM, key, group, null, { ...item, at: item.at.getTime() }, null);
  }

  /** Says that a process takes part. @returns the version */
  async saveShare(name: string, version: number | null): Promise<number | null> {
    return this.save('share', prefixOf('share', this.appId) + name, this.appId, null, {}, version);
  }

  /** Who takes part, by the version of what they said last. */
  async shares(): Promise<{ readonly key: string; readonly version: number }[]> {
    const found: { key: string; version: number }[] = [];
    const query = { kind: 'share', group: this.appId, limit: PAGE };
    for await (const page of this.records.pages(prefixOf('share', this.appId), query))
      for (const { key, version } of page) found.push({ key, version });
    return found;
  }

  async remove({ key, version }: { readonly key: string; readonly version: number }): Promise<void> {
    await this.records.remove(key, version);
  }

  /** Removes a job with everything that belongs to it. */
  async removeJob(id: string): Promise<void> {
    for await (const chunk of this.chunks(id)) {
      const group = nameOf(chunk.key);
      for await (const item of this.list(`${prefixOf(ITEM, this.appId)}${group}/`, { kind: ITEM, group, limit: PAGE }))
        await this.remove(item);
      await this.remove(chunk);
    }
    const job = await this.findJob(id);
    if (job !== null) await this.remove(job);
  }

  private saveJob(job: Job, version: number | null): Promise<number | null> {
    const isOpen = job.state === 'running';
    return this.save('job', prefixOf('job', this.appId) + job.id, this.appId, isOpen ? OPEN : null, job, version);
  }

  private async find<T>(key: string): Promise<Kept<T> | null> {
    const found = await this.records.find(key, FORMAT);
    return found && keptOf<T>(found);
  }

  private save(
    kind: string,
    key: string,
    group: string,
    due: Date | null,
    body: object,
    version: number | null,
  ): Promise<number | null> {
    return this.records.save({ kind, key, group, due, format: FORMAT, body: JSON.stringify(body), ...PLAIN }, version);
  }

  private async *list<T>(
    prefix: string,
    query: { kind: string; group: string; limit: number; dueBefore?: Date },
  ): AsyncGenerator<Kept<T>> {
    for await (const page of this.records.pages(prefix, query)) {
      const { found } = await this.records.openAll(page, FORMAT, keptOf<T>);
      yield* found;
    }
  }
}

const keptOf = <T>({ record: { key, version }, text }: OpenRecord): Kept<T> => ({
  key,
  version,
  body: JSON.parse(text) as T,
});

/** `job/piece`, from a piece's key. */
const nameOf = (chunkKey: string): string => chunkKey.split('/').slice(-2).join('/');
