import type { Cause } from './losses.js';
import type { History } from './history.js';
import { SITUATIONS } from './situations.js';

/** What has been seen over many histories. */
export class Tally {
  histories = 0;
  readonly steps = new Map<string, number>();
  readonly situations = new Map<string, number>(Object.keys(SITUATIONS).map((name) => [name, 0]));
  readonly lost = new Map<Cause, number>();

  add({ evidence, lost }: History): void {
    this.histories += 1;
    for (const { name } of evidence.world.steps) count(this.steps, name);
    for (const [name, countIn] of Object.entries(SITUATIONS)) count(this.situations, name, countIn(evidence));
    for (const { cause } of lost) count(this.lost, cause);
  }

  get stepsTaken(): number {
    return [...this.steps.values()].reduce((sum, times) => sum + times, 0);
  }

  /** Situations that never came up. */
  get unseen(): string[] {
    return [...this.situations].filter(([, times]) => times === 0).map(([name]) => name);
  }

  /** In lines, for people. */
  report(): string[] {
    const table = (title: string, counts: ReadonlyMap<string, number>): string[] => [
      `${title}:`,
      ...[...counts].sort(([, a], [, b]) => b - a).map(([name, times]) => `${String(times).padStart(8)}  ${name}`),
    ];
    return [
      `${this.histories} histories, ${this.stepsTaken} steps`,
      ...table('steps', this.steps),
      ...table('situations', this.situations),
      ...table('places lost without Reconnect, and why', this.lost),
    ];
  }
}

const count = <K>(counts: Map<K, number>, name: K, times = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + times);
