import type { CommandContext } from '../context.js';

/** What one look came to. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at. */
  readonly check: string;
  readonly text: string;
  /** What to do about it. */
  readonly help?: string;
}

/** Looks at one thing. What it throws counts as a failure of that thing. */
export type Check = (context: CommandContext) => AsyncIterable<Finding>;

export const ok = (check: string, text: string): Finding => ({ level: 'ok', check, text });
export const warn = (check: string, text: string, help: string): Finding => ({ level: 'warn', check, text, help });
export const fail = (check: string, text: string, help: string): Finding => ({ level: 'fail', check, text, help });
