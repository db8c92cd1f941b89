/** Something that went on for a while, and whom it befell. */
export interface Period {
  readonly what: string;
  /** The name of a process, or of a place; `*`: everybody. */
  readonly who: string;
  readonly from: number;
  to: number;
}

/** What was done to the fleet, and when (ms since the epoch): what the verdict takes into account. */
export class Chronicle {
  readonly periods: Period[] = [];
  readonly began = Date.now();
  private readonly counts = new Map<string, number>();

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  countOf(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** Counts under a heading, such as `fault:`, without it. */
  countsUnder(heading: string): readonly (readonly [string, number])[] {
    return [...this.counts]
      .filter(([what]) => what.startsWith(heading))
      .map(([what, count]) => [what.slice(heading.length), count] as const)
      .sort(([a], [b]) => a.localeCompare(b));
  }

  /** Something begins. @returns how to say that it has ended, and after which time its consequences end too */
  begin(what: string, ...who: readonly string[]): (aftermathMs?: number) => void {
    const from = Date.now();
    const begun = who.map((one): Period => ({ what, who: one, from, to: Number.POSITIVE_INFINITY }));
    this.periods.push(...begun);
    return (aftermathMs = 0) => {
      for (const period of begun) period.to = Date.now() + aftermathMs;
    };
  }

  /** What went on at any time of a stretch, of these kinds, with one of these. */
  during(from: number, to: number, what: readonly string[], ...who: readonly string[]): readonly Period[] {
    return this.periods.filter(
      (one) =>
        one.from <= to && one.to >= from && what.includes(one.what) && (one.who === '*' || who.includes(one.who)),
    );
  }
}
