import type { Mode } from '../../../lib/decision/pause.js';
import type { Circumstances } from './circumstances.js';
import { Member, type MemberOptions } from './member.js';
import { keysFor } from './sealed-store.js';
import type { Surroundings } from './surroundings.js';

const NAMES = ['A', 'B', 'C'];

/** The instances that run now. */
export class Fleet {
  readonly members: Member[];
  /** In which mode the process of each machine is started next. */
  private readonly modes: Mode[];
  private readonly skewsMs: number[];
  private starts = 0;
  /** Whether the machines' clocks disagree, or have done so. */
  haveClocksDisagreed: boolean;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly given: Circumstances,
    private readonly shared: Pick<MemberOptions, 'app' | 'network' | 'directory' | 'listenerOf' | 'emergencySink'>,
  ) {
    this.skewsMs = Array.from({ length: given.instances }, (_, at) => given.skewsMs[at % given.skewsMs.length] ?? 0);
    this.haveClocksDisagreed = given.skewsMs.some((skewMs) => skewMs !== 0);
    this.modes = this.skewsMs.map(() => 'active');
    this.members = this.skewsMs.map((_, at) => this.start(at));
  }

  /** The instance of that number, whatever their number. */
  at(number: number): Member {
    return this.members[number % this.members.length] as Member;
  }

  /** Shuts a process down, to be started anew in another mode. */
  restart(number: number, mode: Mode): void {
    this.modes[number % this.members.length] = mode;
    this.at(number).close();
  }

  /** Every process runs in the usual mode, or is about to. */
  activateAll(): void {
    for (const [at, { mode }] of this.members.entries()) if (mode !== 'active') this.restart(at, 'active');
    this.modes.fill('active');
  }

  /** Sets the clock of a machine forward or back. */
  jump(number: number, ms: number): void {
    const at = number % this.members.length;
    const skewMs = (this.skewsMs[at] ?? 0) + ms;
    this.haveClocksDisagreed ||= ms !== 0;
    this.skewsMs[at] = skewMs;
    this.at(number).process.skewMs = skewMs;
  }

  /** Clocks are as they were at the beginning. */
  correctClocks(): void {
    for (const at of this.members.keys())
      this.jump(at, (this.given.skewsMs[at % this.given.skewsMs.length] ?? 0) - (this.skewsMs[at] ?? 0));
  }

  /** A process that has ended is started anew, on the same machine. */
  replaceEnded(): void {
    for (const [at, member] of this.members.entries()) if (!member.isRunning) this.members[at] = this.start(at);
  }

  private start(at: number): Member {
    this.starts += 1;
    const name = `${NAMES[at]}${this.starts <= this.given.instances ? '' : `.${this.starts}`}`;
    const random = randomFrom(this.given.seed + this.starts);
    const [skewMs, mode] = [this.skewsMs[at] ?? 0, this.modes[at] ?? 'active'];
    const sealingKeys = this.given.isSealed ? keysFor(at) : [];
    return new Member(this.surroundings, { ...this.shared, name, mode, skewMs, random, sealingKeys });
  }
}

/** Mulberry32: jitter that repeats for a seed. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
