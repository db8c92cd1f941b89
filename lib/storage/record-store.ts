import { randomInt } from 'node:crypto';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import { contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import type { BodyCodec } from './body-codec.js';
import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from './ghl-auth.repository.js';
import { recordProblem } from './record-check.js';

/** Strides between versions, so that a dropped or restored record does not meet a number that an observer still holds. */
const MAX_STRIDE = 1_048_576;

/** A reason of its own spares every call an error with a stack, which nobody looks at. */
const DONE = 'answered';

/** A record before it is given its version and its sealed body. */
export type RecordDraft = Omit<GhlAuthRecord, 'version'>;

/** A record whose body has been opened. */
export interface OpenRecord {
  readonly record: GhlAuthRecord;
  readonly text: string;
}

/**
 * The repository, made safe to rely on: a time limit on every call, answers checked, errors cleaned and typed, bodies sealed
 * and opened. It is called outside the caller's transaction and request, whose rollback must not undo a rotation.
 */
export class RecordStore {
  private readonly apart = contextOfNow();

  constructor(
    private readonly repository: GhlAuthRepository,
    private readonly codec: BodyCodec,
    private readonly clock: Clock,
    private readonly settings: { readonly timeoutMs: number },
  ) {}

  /** @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE` */
  async find(key: string, newestFormat: number): Promise<OpenRecord | null> {
    const record = await this.call('find', () => this.repository.find(key));
    if (record === null || record === undefined) return null;
    const problem = recordProblem(record, key);
    if (problem !== null) throw storeFailed('find', problem);
    return this.open(record, newestFormat);
  }

  /**
   * Stores if the stored version is still the expected one.
   * @returns the new version, or `null` at a conflict
   * @throws {GhlAuthError} `GHL_STORE_FAILED`: it is then unknown whether the record was stored
   */
  async save(draft: RecordDraft, expected: number | null): Promise<number | null> {
    const version = this.nextVersion(expected);
    const body = await this.codec.seal(draft.body, draft);
    const saved = await this.call('save', () => this.repository.save({ ...draft, body, version }, expected));
    if (typeof saved !== 'boolean') throw storeFailed('save', `it answered ${typeof saved} instead of true or false`);
    return saved ? version : null;
  }

  /** One page of opened records. What cannot be read is passed over and counted, so that one record never stops a sweep. */
  async list(
    query: GhlAuthRecordQuery,
    newestFormat: number,
  ): Promise<{
    readonly records: readonly OpenRecord[];
    readonly lastKey: string | null;
    readonly unreadable: number;
  }> {
    const page = await this.call('list', () => this.repository.list(query));
    if (!Array.isArray(page)) throw storeFailed('list', `it answered ${typeof page} instead of an array`);
    const records: OpenRecord[] = [];
    let unreadable = 0;
    let after = query.after ?? '';
    for (const record of page as readonly GhlAuthRecord[]) {
      const problem = recordProblem(record) ?? orderProblem(record, after);
      if (problem !== null) throw storeFailed('list', problem);
      after = record.key;
      try {
        records.push(await this.open(record, newestFormat));
      } catch {
        unreadable += 1;
      }
    }
    return { records, lastKey: (page.at(-1) as GhlAuthRecord | undefined)?.key ?? null, unreadable };
  }

  private async open(record: GhlAuthRecord, newestFormat: number): Promise<OpenRecord> {
    if (record.format > newestFormat)
      throw unreadable(`its format is ${record.format}; this release reads up to ${newestFormat}`);
    const text = await this.codec.open(record.body, record);
    if (text === null) throw unreadable('its body is in an unknown envelope');
    return { record, text };
  }

  private nextVersion(expected: number | null): number {
    const version = (expected ?? 0) + 1 + randomInt(MAX_STRIDE);
    return Number.isSafeInteger(version) ? version : 1 + randomInt(MAX_STRIDE);
  }

  private async call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const done = new AbortController();
    const limit = this.clock.sleep(this.settings.timeoutMs, { signal: done.signal }).then((): never => {
      if (done.signal.aborted) return undefined as never;
      throw storeFailed(operation, `no answer within ${this.settings.timeoutMs} ms (timeouts.storeMs)`);
    });
    limit.catch(() => undefined);
    try {
      return await Promise.race([this.apart(work), limit]);
    } catch (error) {
      if (error instanceof GhlAuthError) throw error;
      const cause = scrubError(error);
      throw storeFailed(operation, cause.message, cause);
    } finally {
      done.abort(DONE);
    }
  }
}

/** Whoever pages by key would never come to an end. */
const orderProblem = ({ key }: GhlAuthRecord, after: string): string | null =>
  key > after ? null : 'keys do not ascend from the one in `after`; pages are in byte order of their keys';

/** The error for a repository that does not do what it promises. */
export const storeFailed = (operation: string, problem: string, cause?: Error): GhlAuthError =>
  new GhlAuthError('GHL_STORE_FAILED', `The repository failed at ${operation}(): ${problem}`, { cause });

/** The error for a record that is there but cannot be read by this release. */
export const unreadable = (problem: string): GhlAuthError =>
  new GhlAuthError('GHL_RECORD_UNREADABLE', `The stored record was left untouched: ${problem}`);
