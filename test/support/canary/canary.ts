import { formsOf } from './forms-of.js';
import { PieceIndex } from './piece-index.js';
import { fewerTextsOf, textsOf, wayTo } from './texts-of.js';

const MAX_TOLD = 5;
/** Of errors that differ in nothing but ids, and of answers in one test, so many are printed and looked at with their stacks. */
const MAX_ALIKE = 2;
const IDS = /[A-Za-z0-9_-]{16,}/g;

/** A place where a secret shows. */
export interface Leak {
  readonly where: string;
  readonly form: string;
  /** What it is, without showing more of it than its beginning. */
  readonly what: string;
  readonly test: string;
}

/**
 * Knows every secret of a test file, and looks at everything that comes out of the module while its tests run: see `watch-*.ts` for
 * what that is. Costs nothing before there is a secret.
 */
export class Canary {
  private index = new PieceIndex();
  private readonly waiting: string[] = [];
  private readonly looked = new WeakSet<object>();
  private readonly alike = new Map<string, number>();
  private leaks: Leak[] = [];
  /** The test that runs, for the message. */
  test = '';
  /** What it has done so far. */
  readonly counts = { secrets: 0, values: 0, characters: 0, places: new Map<string, number>() };

  /** From now on this text may be nowhere. */
  keepSecret(secret: string): void {
    this.waiting.push(secret);
    this.counts.secrets += 1;
  }

  /** Looks through what has come out. Errors are looked at once, wherever they come by. */
  look(where: string, value: unknown): void {
    if (this.counts.secrets === 0) return;
    if (value instanceof Error) {
      if (this.looked.has(value)) return;
      this.looked.add(value);
    }
    for (const secret of this.waiting.splice(0)) this.index.add(secret);
    this.counts.values += 1;
    this.counts.places.set(where, (this.counts.places.get(where) ?? 0) + 1);
    for (const text of this.isNews(where, value) ? textsOf(value) : fewerTextsOf(value)) {
      this.counts.characters += text.length;
      for (const [form, said] of formsOf(text)) {
        if (this.search(where, value, form, said)) return;
      }
    }
  }

  /** Forgets the secrets of a world that has come to its end: of thousands nobody could hold all. */
  forgetSecrets(): void {
    this.waiting.length = 0;
    this.index = new PieceIndex();
  }

  /** The leaks since it was last asked, and how many there were. */
  takeLeaks(): { readonly count: number; readonly told: readonly Leak[] } {
    const leaks = this.leaks;
    this.leaks = [];
    const places = new Set<string>();
    const isNew = ({ where }: Leak): boolean => places.size < places.add(where).size;
    return { count: leaks.length, told: leaks.filter(isNew).slice(0, MAX_TOLD) };
  }

  private isNews(where: string, value: unknown): boolean {
    const what = value instanceof Error ? String(value.message).replace(IDS, '*') : this.test;
    const kind = `${where} ${what}`;
    const seen = this.alike.get(kind) ?? 0;
    this.alike.set(kind, seen + 1);
    return seen < MAX_ALIKE;
  }

  private search(where: string, value: unknown, form: string, text: string): boolean {
    const found = this.index.find(text);
    if (found === null) return false;
    const { secret, start, length } = found;
    const before = text.slice(Math.max(0, start - 80), start);
    const what = `${length} of the ${secret.length} characters of a secret, behind "${before}": "${text.slice(start, start + 4)}…"`;
    const way = wayTo(value, (at) => this.index.find(at) !== null);
    this.leaks.push({ where: where + way, form, what, test: this.test });
    return true;
  }
}

/** The one of the test file that runs. */
export const canary = new Canary();
