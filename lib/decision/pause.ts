import type { Rung } from '../installation/installation.js';

/**
 * What the module does by itself.
 *
 * - `active`: everything
 * - `observe`: serves what is valid, and reports what it would have done; spends, mints and reconnects nothing
 * - `off`: the same without the reports and without the job
 */
export type Mode = 'active' | 'observe' | 'off';

/** What can be paused for the whole fleet: spending refresh tokens, the Reconnect API, or every way to recover. */
export type PauseScope = 'refresh' | 'reconnect' | 'all';

/** A pause as it is stored (ms since the epoch). */
export interface Pause {
  readonly since: number;
  /** It ends by itself then; `null`: only when it is ended. */
  readonly until: number | null;
  readonly reason: string | null;
}

/** The pauses in force, and those that have run out. */
export type Pauses = Readonly<Partial<Record<PauseScope, Pause>>>;

/** Every scope, the widest first. */
export const PAUSE_SCOPES: readonly PauseScope[] = ['all', 'refresh', 'reconnect'];

/** Why a rung must not be climbed now. */
export interface Block {
  readonly message: string;
  /** When it may be again, where that is known (ms since the epoch). */
  readonly until: number | null;
}

const isInForce = ({ until }: Pause, now: number): boolean => until === null || now < until;

/** The pauses that are in force. */
export const pausesInForce = (pauses: Pauses, now: number): readonly (readonly [PauseScope, Pause])[] =>
  PAUSE_SCOPES.flatMap((scope) => {
    const pause = pauses[scope];
    return pause !== undefined && isInForce(pause, now) ? [[scope, pause] as const] : [];
  });

/** What keeps a rung from being climbed, if anything does. @param rung `null`: none is left, and giving up is what would come next */
export function blockOf(rung: Rung | null, mode: Mode, pauses: Pauses, now: number): Block | null {
  if (mode !== 'active') {
    return { message: `Nothing is recovered: the mode is ${mode} (option mode, GHL_AUTH_MODE)`, until: null };
  }
  const found = pausesInForce(pauses, now).find(([scope]) => scope === 'all' || scope === rung);
  if (found === undefined) return null;
  const [scope, { since, until, reason }] = found;
  const what = scope === 'all' ? 'Recovery' : scope === 'refresh' ? 'Refreshing' : 'Reconnecting';
  const because = reason === null ? '' : `: ${reason}`;
  return { message: `${what} is paused since ${new Date(since).toISOString()}${because}`, until };
}
