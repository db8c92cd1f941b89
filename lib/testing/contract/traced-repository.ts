import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../storage/ghl-auth.repository.js';
import { RepositoryContractError } from './repository-contract-error.js';
import type { StepLog } from './step-log.js';

/** Passes calls on, writes them down, and checks the form of the answers. */
export class TracedRepository implements GhlAuthRepository {
  constructor(
    private readonly target: GhlAuthRepository,
    private readonly log: StepLog,
    /** Shortens keys in the log. */
    private readonly shortened: (key: string) => string,
    /** Hears of every key that may now be in the store. */
    private readonly onSave: (key: string) => void,
    /** Put before each step, where there is more than one handle. */
    private readonly label = '',
  ) {}

  async find(key: string): Promise<GhlAuthRecord | null> {
    const record = await this.call(`find(${this.shown(key)})`, () => this.target.find(key), FAILED, describeFound);
    if (record !== null && (typeof record !== 'object' || record.key !== key)) {
      throw this.wrong(`find(${this.shown(key)}) answered ${shape(record)}.`, FIND_ANSWER);
    }
    return record;
  }

  save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    this.onSave(record.key);
    const expecting = expectedVersion === null ? 'none' : `version ${expectedVersion}`;
    return this.change(`save(${this.shown(record.key)} version ${record.version}, expecting ${expecting})`, () =>
      this.target.save(record, expectedVersion),
    );
  }

  remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.change(`remove(${this.shown(key)}, expecting version ${expectedVersion})`, () =>
      this.target.remove(key, expectedVersion),
    );
  }

  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    const { kind: _, after, dueBefore, ...rest } = query;
    const shown = JSON.stringify({
      ...(after === undefined ? {} : { after: this.shortened(after) }),
      ...(dueBefore === undefined ? {} : { dueBefore }),
      ...rest,
    });
    const page = await this.call(
      `list(${shown})`,
      () => this.target.list(query),
      FAILED,
      (answer) =>
        Array.isArray(answer) ? `[${answer.map((record) => this.shown(keyOf(record))).join(', ')}]` : shape(answer),
    );
    const isArray: boolean = Array.isArray(page);
    if (isArray) return page;
    throw this.wrong(`list answered ${shape(page)}.`, 'Answer `list` with an array.');
  }

  private async change(call: string, run: () => Promise<boolean>): Promise<boolean> {
    const answer = await this.call(call, run, CONFLICT, shape);
    if (typeof answer !== 'boolean')
      throw this.wrong(`${call} answered ${shape(answer)}, not true or false.`, CHANGE_ANSWER);
    return answer;
  }

  private async call<T>(call: string, run: () => Promise<T>, advice: string, show: (answer: T) => string): Promise<T> {
    const done = this.log.begin(`${this.label}${call}`);
    let answer: T;
    try {
      answer = await run();
    } catch (error) {
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      done(`threw ${said}`);
      throw new RepositoryContractError(`${this.label}${call} threw ${said}`, advice, this.log.lines(), {
        cause: error,
      });
    }
    done(show(answer));
    return answer;
  }

  private wrong(problem: string, advice: string): RepositoryContractError {
    return new RepositoryContractError(`${this.label}${problem}`, advice, this.log.lines());
  }

  private shown(key: string): string {
    return JSON.stringify(this.shortened(key));
  }
}

const FAILED =
  'Throw only for trouble, such as no connection. If this is trouble: is the store running, and its table there?';
const CONFLICT =
  'Answer a conflict (changed version, missing record, key that is taken, serialization failure) with `false`: catch the ' +
  "driver's error for it, or use a statement that does not raise one (`INSERT … ON CONFLICT DO NOTHING`). Throw only for " +
  'trouble, such as no connection.';
const FIND_ANSWER = 'Answer `find` with the record that has this key, or with `null`.';
const CHANGE_ANSWER =
  'Answer `save` and `remove` with whether exactly one record was changed, for example `rowCount === 1`.';

function describeFound(record: GhlAuthRecord | null): string {
  return record === null ? 'null' : `version ${shape((record as GhlAuthRecord | undefined)?.version)}`;
}

function keyOf(record: unknown): string {
  return String((record as GhlAuthRecord | null | undefined)?.key);
}

/** A value, in short. */
export function shape(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.prototype.toString.call(value) === '[object Date]') {
    const time = (value as Date).getTime();
    return Number.isNaN(time) ? 'an invalid Date' : `Date ${(value as Date).toISOString()}`;
  }
  const text =
    value === undefined
      ? 'undefined'
      : JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}
