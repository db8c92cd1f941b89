import { randomBytes } from 'node:crypto';

import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../storage/ghl-auth.repository.js';
import { differences } from './record-differences.js';
import type { RepositoryContractOptions } from './repository-contract.types.js';
import { RepositoryContractError } from './repository-contract-error.js';
import { StepLog } from './step-log.js';
import { withinTimeLimit } from './time-limit.js';
import { TracedRepository } from './traced-repository.js';

/** What a case works with: the traced repository, names that nobody else uses, and ways to say what is wrong. */
export class ContractContext {
  readonly log = new StepLog();
  readonly repository: TracedRepository;
  /** A kind of this case's own. */
  readonly kind: string;
  readonly concurrency: number;
  readonly timeLimitMs: number;
  private readonly prefix: string;
  private readonly keys = new Set<string>();

  constructor(
    private readonly target: GhlAuthRepository,
    readonly options: RepositoryContractOptions,
  ) {
    const id = randomBytes(5).toString('hex');
    this.kind = `contract-${id}`;
    this.prefix = `contract:${id}:`;
    this.concurrency = options.concurrency ?? 16;
    this.timeLimitMs = options.timeLimitMs ?? 4_000;
    this.repository = this.traced(target);
  }

  /** Traces another handle on the store. */
  traced(target: GhlAuthRepository, label = ''): TracedRepository {
    const shortened = (key: string): string => (key.startsWith(this.prefix) ? key.slice(this.prefix.length) : key);
    return new TracedRepository(target, this.log, shortened, (key) => void this.keys.add(key), label);
  }

  /** A whole key that is this case's own. */
  key(name: string): string {
    return this.prefix + name;
  }

  /** A group of this case's own. */
  group(name: string): string {
    return `${this.prefix}group-${name}`;
  }

  /** A record with version 1 and every field set, unless said otherwise. */
  record(name: string, overrides: Partial<GhlAuthRecord> = {}): GhlAuthRecord {
    return {
      kind: this.kind,
      key: this.key(name),
      group: this.group('a'),
      due: new Date('2031-02-03T04:05:06.789Z'),
      version: 1,
      format: 1,
      body: JSON.stringify({ name, version: overrides.version ?? 1 }),
      locationId: 'location',
      companyId: 'company',
      clientId: 'client',
      state: 'active',
      expiresAt: new Date('2031-02-03T05:06:07.089Z'),
      ...overrides,
    };
  }

  /** Inserts records that nobody else knows, one after the other. */
  async insert(...records: readonly GhlAuthRecord[]): Promise<void> {
    for (const record of records) {
      const saved = await this.repository.save(record, null);
      this.check(
        saved,
        'The insert of a new key answered false.',
        'With `expectedVersion` null, store the record if no record has its key, and answer true.',
      );
    }
  }

  /** Checks that exactly this record is stored. */
  async expectStored(record: GhlAuthRecord, advice: string, repository = this.repository): Promise<void> {
    const found = await repository.find(record.key);
    this.expectSame(found, record, advice);
  }

  /** Checks that nothing is stored under this key. */
  async expectMissing(key: string, advice: string, repository = this.repository): Promise<void> {
    const found = await repository.find(key);
    this.check(found === null, 'A record that must not be there was found.', advice);
  }

  /** Checks that a record came back as it is. */
  expectSame(found: GhlAuthRecord | null, expected: GhlAuthRecord, advice: string): void {
    if (found === null) this.fail('A record that was stored is not there.', advice);
    const [first, ...rest] = differences(found, expected);
    if (first === undefined) return;
    const problem = [first, ...rest].map((difference) => difference.problem).join(' ');
    // With another version, another state of the record came back: then the fields are not to blame.
    const isSameState = Number(found.version) === expected.version;
    this.fail(problem, (isSameState ? first.advice : null) ?? advice);
  }

  /** Checks that a list has exactly these keys, in this order. */
  expectKeys(records: readonly GhlAuthRecord[], names: readonly string[], problem: string, advice: string): void {
    const got = records.map(({ key }) => (key.startsWith(this.prefix) ? key.slice(this.prefix.length) : key));
    this.check(
      JSON.stringify(got) === JSON.stringify(names),
      `${problem} Expected ${JSON.stringify(names)}, got ${JSON.stringify(got)}.`,
      advice,
    );
  }

  /** Lists this case's kind. */
  list(query: Omit<GhlAuthRecordQuery, 'kind'>): Promise<readonly GhlAuthRecord[]> {
    return this.repository.list({ kind: this.kind, ...query });
  }

  /** Runs calls at the same time, waits for all of them, and answers how many said true. */
  async countTrue(calls: readonly (() => Promise<boolean>)[]): Promise<number> {
    const results = await Promise.allSettled(calls.map((call) => call()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return results.filter((result) => result.status === 'fulfilled' && result.value).length;
  }

  check(holds: boolean, problem: string, advice: string): void {
    if (!holds) this.fail(problem, advice);
  }

  fail(problem: string, advice: string): never {
    throw new RepositoryContractError(problem, advice, this.log.lines());
  }

  /** Runs what a hook of the host wraps: it must end before the case does, so that the hook can let go of what it holds. */
  insideHook(run: () => Promise<void>): Promise<void> {
    return withinTimeLimit(run(), this.timeLimitMs * 0.75, this.log);
  }

  /** Removes what the case may have left, as well as that can be done. */
  async cleanUp(): Promise<void> {
    await Promise.allSettled(
      [...this.keys].map(async (key) => {
        const record = await this.target.find(key);
        if (record !== null) await this.target.remove(key, record.version);
      }),
    );
  }
}
