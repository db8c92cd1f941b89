import { randomInt } from 'node:crypto';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import { refOfKey } from '../installation/installation-ref.js';
import type { Log } from '../logging/log.js';
import { contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import { within } from '../time/within.js';
import type { BodyCodec } from './body-codec.js';
import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from './ghl-auth.repository.js';
import { recordProblem } from './record-check.js';
import { UnreadableNotes } from './unreadable-notes.js';

/** Strides between versions, so that a dropped or restored record does not meet a number that an observer still holds. */
const MAX_STRIDE = 1_048_576;

/** A record before it is given its version and its sealed body. */
export type RecordDraft = Omit<GhlAuthRecord, 'version'>;

/** A record whose body has been opened. */
export interface OpenRecord {
  readonly record: GhlAuthRecord;
  readonly text: string;
  /** The credential that its envelope names; `undefined` where it is not sealed and names none. */
  readonly credentialId: string | null | undefined;
}

/**
 * The repository, made safe to rely on: a time limit on every call, answers checked, errors cleaned and typed, bodies sealed
 * and opened. It is called outside the caller's transaction and request, whose rollback must not undo a rotation.
 */
export class RecordStore {
  private readonly apart = contextOfNow();
  private readonly notes: UnreadableNotes;

  constructor(
    private readonly repository: GhlAuthRepository,
    private readonly codec: BodyCodec,
    private readonly clock: Clock,
    log: Log,
    private readonly settings: { readonly timeoutMs: number },
  ) {
    this.notes = new UnreadableNotes(log);
  }

  /** @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_SEALING_FAILED`, `GHL_RECORD_UNREADABLE` */
  async find(key: string, newestFormat: number): Promise<OpenRecord | null> {
    const record = await this.findUnopened(key);
    return record === null ? null : this.open(record, newestFormat);
  }

  /** The record as the repository holds it. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async findUnopened(key: string): Promise<GhlAuthRecord | null> {
    const record = await this.call('find', () => this.repository.find(key));
    if (record === null || record === undefined) return null;
    const problem = recordProblem(record, key);
    if (problem !== null) throw storeFailed('find', problem);
    return record;
  }

  /**
   * Stores if the stored version is still the expected one.
   * @param credentialId the credential that is in the body, if there is one
   * @returns the new version, or `null` at a conflict
   * @throws {GhlAuthError} `GHL_STORE_FAILED`: it is then unknown whether the record was stored; `GHL_SEALING_FAILED`: it was not
   */
  async save(draft: RecordDraft, expected: number | null, credentialId: string | null = null): Promise<number | null> {
    const version = this.nextVersion(expected);
    const body = await this.codec.seal(draft.body, draft, credentialId);
    const saved = await this.call('save', () => this.repository.save({ ...draft, body, version }, expected));
    if (typeof saved !== 'boolean') throw storeFailed('save', `it answered ${typeof saved} instead of true or false`);
    return saved ? version : null;
  }

  /** Removes a record unless it has changed. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async remove(key: string, version: number): Promise<boolean> {
    const removed = await this.call('remove', () => this.repository.remove(key, version));
    if (typeof removed !== 'boolean')
      throw storeFailed('remove', `it answered ${typeof removed} instead of true or false`);
    return removed;
  }

  /**
   * Pages of records as the repository holds them, in the order of their keys, of one app only: apps may share a repository.
   * @param prefix what the keys begin with
   * @throws {GhlAuthError} `GHL_STORE_FAILED`
   */
  async *pages(
    prefix: string,
    query: Omit<GhlAuthRecordQuery, 'after'>,
  ): AsyncGenerator<readonly GhlAuthRecord[], void, void> {
    for (let after = prefix; ;) {
      const page = await this.page({ ...query, after });
      const own = page.filter(({ key }) => key.startsWith(prefix));
      const last = own.at(-1);
      if (last === undefined) return;
      yield own;
      if (own.length < page.length) return;
      after = last.key;
    }
  }

  /**
   * Opens and reads records. What cannot be is passed over, counted, and told once, so that one record never stops a sweep.
   * @param read throws where the text is not what it should be
   */
  async openAll<T>(
    records: readonly GhlAuthRecord[],
    newestFormat: number,
    read: (found: OpenRecord) => T,
  ): Promise<{ readonly found: readonly T[]; readonly unreadable: number }> {
    const found: T[] = [];
    for (const record of records) {
      try {
        found.push(read(await this.open(record, newestFormat)));
        this.notes.forget(record.key);
      } catch (error) {
        this.notes.note(record.key, (error as Error).message);
      }
    }
    return { found, unreadable: records.length - found.length };
  }

  /** Opens a record. @throws {GhlAuthError} `GHL_SEALING_FAILED`, `GHL_RECORD_UNREADABLE` */
  async open(record: GhlAuthRecord, newestFormat: number): Promise<OpenRecord> {
    if (record.format > newestFormat)
      throw unreadable(record.key, `its format is ${record.format}; this release reads up to ${newestFormat}`);
    const opened = await this.codec.open(record.body, record);
    if ('problem' in opened) throw unreadable(record.key, opened.problem, opened.help);
    return { record, ...opened };
  }

  private async page(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    const page = await this.call('list', () => this.repository.list(query));
    if (!Array.isArray(page)) throw storeFailed('list', `it answered ${typeof page} instead of an array`);
    let after = query.after ?? '';
    for (const record of page as readonly GhlAuthRecord[]) {
      const problem = recordProblem(record) ?? orderProblem(record, after);
      if (problem !== null) throw storeFailed('list', problem);
      after = record.key;
    }
    return page as readonly GhlAuthRecord[];
  }

  private nextVersion(expected: number | null): number {
    const version = (expected ?? 0) + 1 + randomInt(MAX_STRIDE);
    return Number.isSafeInteger(version) ? version : 1 + randomInt(MAX_STRIDE);
  }

  private async call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.settings;
    const onTimeout = (): Error => storeFailed(operation, `no answer within ${timeoutMs} ms (timeouts.storeMs)`);
    try {
      return await within(this.clock, timeoutMs, () => this.apart(work), onTimeout);
    } catch (error) {
      if (error instanceof GhlAuthError) throw error;
      const cause = scrubError(error);
      throw storeFailed(operation, cause.message, cause);
    }
  }
}

/** Whoever pages by key would never come to an end. */
const orderProblem = ({ key }: GhlAuthRecord, after: string): string | null =>
  key > after ? null : 'keys do not ascend from the one in `after`; pages are in byte order of their keys';

/** The error for a repository that does not do what it promises. */
export const storeFailed = (operation: string, problem: string, cause?: Error): GhlAuthError =>
  new GhlAuthError('GHL_STORE_FAILED', `The repository failed at ${operation}(): ${problem}`, { cause });

/** The error for a record that is there but cannot be read. */
export const unreadable = (key: string, problem: string, help?: string): GhlAuthError => {
  const installation = refOfKey(key);
  const { locationId, companyId } = installation ?? {};
  const owner = locationId ? `location ${locationId}` : companyId ? `company ${companyId}` : 'the app';
  const message = `The stored record of ${owner} was left untouched: ${problem}`;
  return new GhlAuthError('GHL_RECORD_UNREADABLE', message, { installation, help });
};
