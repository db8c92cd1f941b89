import type { AppState } from '../../../lib/decision/app-state.js';
import type { Installation, InstallationChange } from '../../../lib/installation/installation.js';
import type { LedgerEntry } from '../../../lib/testing.js';
import type { Cast } from './cast.js';
import type { Member } from './member.js';

/** A record as it was stored. What the world did itself (dropped, restored, took a lease away) has no writer. */
export interface Commit {
  readonly tick: number;
  readonly at: number;
  readonly key: string;
  readonly writer: Member | null;
  readonly before: Installation | null;
  readonly after: Installation | null;
}

/** The same of the app's own record. */
export interface AppCommit {
  readonly tick: number;
  readonly at: number;
  readonly before: AppState | null;
  readonly after: AppState | null;
}

/** A call of an instance to HighLevel. */
export interface Call {
  readonly tick: number;
  readonly at: number;
  /** By the clock of its instance. */
  readonly now: number;
  /** The same when the instance began to send it: a process that stands still at the port sends it later. */
  readonly sentAt: number;
  readonly member: Member;
  readonly what: 'refresh' | 'exchange' | 'reconnect' | 'mint';
  /** Whom it is for; `undefined` where only HighLevel knows, as of a code. */
  readonly cast: Cast | undefined;
  /** The refresh token or code that came with it, by HighLevel's short id. */
  readonly presented: string | undefined;
  /** Whether somebody had asked for this very rung. */
  readonly isOnPurpose: boolean;
  /** What HighLevel says of it; `null` as long as it has not arrived there. */
  entry: LedgerEntry | null;
  /** When its instance learned what came of it: never, if it died before. */
  learned: { readonly tick: number; readonly at: number; readonly isAnswer: boolean } | null;
}

/** What the host's listener was told. */
export interface Telling {
  readonly tick: number;
  readonly at: number;
  readonly member: Member;
  readonly change: InstallationChange;
}

/** Something that a caller asked of an instance. */
export interface Asked {
  readonly tick: number;
  readonly at: number;
  readonly member: Member;
  readonly cast: Cast | null;
  readonly what: 'token' | 'replacement' | 'rotation' | 'rung' | 'sweep' | 'authorization' | 'uninstall' | 'pause';
  settled: { readonly tick: number; readonly at: number; readonly token?: string; readonly error?: unknown } | null;
}

/** Everything that happened, in one order. The rules are read from it. */
export class Chronicle {
  private ticks = 0;
  readonly commits: Commit[] = [];
  readonly appCommits: AppCommit[] = [];
  readonly calls: Call[] = [];
  readonly tellings: Telling[] = [];
  readonly asked: Asked[] = [];
  /** How often the host was asked for its key pairs again. */
  clientsAsked = 0;
  /** How often a save met another one. */
  conflicts = 0;
  /** When the store failed an instance. */
  readonly storeFaults: { readonly tick: number; readonly member: Member }[] = [];
  /** Every instance there ever was. */
  readonly members: Member[] = [];
  /** When faults ended, in ticks and in time. */
  healedFrom: { readonly tick: number; readonly at: number } | null = null;

  /** The next place in the order. */
  tick(): number {
    return (this.ticks += 1);
  }
}
