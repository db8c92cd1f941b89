import { once } from 'node:events';

/** As much of a stream as is needed. */
export interface Sink {
  write(text: string): boolean;
  readonly isTTY?: boolean | undefined;
  readonly writableNeedDrain?: boolean;
}

/** A column of a table: its title, the room that it takes on a terminal, and what stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  readonly of: (row: Row) => string | null;
}

/** A line of facts: what it is, and what stands there; `null` and `undefined` are left out. */
export type Fact = readonly [label: string, text: string | null | undefined];

/** C0 and C1 control characters and line separators, with which a foreign text could steer a terminal. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]+/gu;
const clean = (text: string): string => text.replace(UNPRINTABLE, ' ');
const escaped = (text: string): string =>
  text.replace(/[\u007f-\u009f\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What commands print: tables for people on a terminal, plain lines in a pipe, JSON where it is asked for. */
export class Output {
  constructor(
    private readonly stdout: Sink,
    private readonly stderr: Sink,
    readonly isJson = false,
  ) {}

  get isTerminal(): boolean {
    return this.stdout.isTTY === true && !this.isJson;
  }

  /**
   * A table, row by row: on a terminal with a head and aligned, in a pipe separated by tabs, as JSON a line for each.
   * @param plain what a row is as JSON
   */
  table<Row>(columns: readonly Column<Row>[], plain: (row: Row) => unknown): (row: Row) => Promise<void> {
    let isFirst = true;
    return async (row) => {
      if (this.isJson) return this.print(escaped(JSON.stringify(plain(row))));
      if (isFirst && this.isTerminal) await this.print(aligned(columns, ({ title }) => title));
      isFirst = false;
      const cell = ({ of }: Column<Row>): string => clean(of(row) ?? '-');
      await this.print(this.isTerminal ? aligned(columns, cell) : columns.map(cell).join('\t'));
    };
  }

  /** Facts about one thing. @param plain the same as JSON */
  async facts(facts: readonly Fact[], plain: unknown): Promise<void> {
    if (this.isJson) return this.print(escaped(JSON.stringify(plain, null, 2)));
    const shown = facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== undefined);
    const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
    for (const [label, text] of shown)
      await this.print(this.isTerminal ? label.padEnd(width) + clean(text) : `${label}\t${clean(text)}`);
  }

  /** A text of several lines; as JSON a string. */
  async text(text: string): Promise<void> {
    if (this.isJson) return this.print(escaped(JSON.stringify(text)));
    for (const line of text.trimEnd().split('\n')) await this.print(clean(line));
  }

  /** Whether progress is one line that is drawn anew, and not a line each time. */
  get isProgressDrawn(): boolean {
    return this.stderr.isTTY === true;
  }

  /** How far something is, beside the result. @param isLast what comes next begins on a line of its own */
  progress(text: string, isLast: boolean): void {
    if (!this.isProgressDrawn) return this.note(text);
    this.stderr.write(`\r\u001b[2K${clean(text)}${isLast ? '\n' : ''}`);
  }

  /** A word beside the result, such as what went wrong. */
  note(text: string): void {
    for (const line of text.split('\n')) this.stderr.write(`${clean(line)}\n`);
  }

  /** Waits while the reader is slower than we are: a list may be longer than the memory. */
  private async print(line: string): Promise<void> {
    if (!this.stdout.write(`${line}\n`) && this.stdout.writableNeedDrain)
      await once(this.stdout as unknown as NodeJS.EventEmitter, 'drain');
  }
}

const aligned = <Row>(columns: readonly Column<Row>[], textOf: (column: Column<Row>) => string): string =>
  columns
    .map((column) => textOf(column).padEnd(column.width))
    .join('  ')
    .trimEnd();
