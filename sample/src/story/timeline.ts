import { ANSWERS, type LedgerEntry, type LedgerView } from 'nestjs-ghl-auth/testing';
import type { Call } from './browser.js';

const WIDTH = 92;

/** Equal lines become one, with their number. */
const counted = (lines: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => `${count > 1 ? `${count} × `.padStart(5) : '     '}${line}`);
};

const seen = ({ method, path, grant, status, refusal }: LedgerEntry): string => {
  const what = [method.padEnd(4), path, grant && `(${grant})`].filter(Boolean).join(' ');
  return `${what} → ${status ?? 'no answer'}${refusal === undefined ? '' : `  ${ANSWERS[refusal].message}`}`;
};

/** Prints one step after the other: what the customer's calls were answered, and what HighLevel saw meanwhile. */
export class Timeline {
  /** The present step, with its number. */
  title = '';
  private number = 0;

  step(title: string, happening: readonly string[]): void {
    this.number += 1;
    this.title = `${this.number}. ${title}`;
    console.log(`\n${this.title}`);
    for (const line of happening) console.log(`     ${line}`);
  }

  calls(calls: readonly Call[]): void {
    const lines = counted(calls.map(({ method, path, status }) => `${method.padEnd(4)} ${path} → ${status}`));
    const slowest = Math.round(Math.max(0, ...calls.map(({ ms }) => ms)));
    lines.forEach((line, index) => {
      const isLast = index === lines.length - 1;
      const text = `   customer   ${line}`;
      console.log(isLast ? `${text.padEnd(WIDTH - 8)}${`${slowest} ms`.padStart(8)}` : text);
    });
  }

  highLevel(view: LedgerView): void {
    const lines = counted(view.entries.map(seen));
    for (const line of lines.length > 0 ? lines : ['     nothing']) console.log(`   HighLevel  ${line}`);
  }

  outcome(line: string): void {
    console.log(`   ⇒ ${line}`);
  }
}
