import { definitelyKnown } from '../../../lib/testing/simulator/ledger/presentations.js';
import type { Installation } from '../../../lib/installation/installation.js';
import type { Call, Chronicle, Commit } from './chronicle.js';
import type { Cast } from './cast.js';
import type { Member } from './member.js';
import type { World } from './world.js';

/** Questions to a history that several rules ask. */
export class Evidence {
  readonly chronicle: Chronicle;
  private readonly leaseOwners = new Map<string, Member | null>();
  private readonly byKey = new Map<string, Commit[]>();

  constructor(readonly world: World) {
    this.chronicle = world.chronicle;
    for (const commit of this.chronicle.commits) {
      const lease = commit.after?.lease?.id;
      if (lease !== undefined && !this.leaseOwners.has(lease)) this.leaseOwners.set(lease, commit.writer);
      const commits = this.byKey.get(commit.key);
      if (commits === undefined) this.byKey.set(commit.key, [commit]);
      else commits.push(commit);
    }
  }

  commitsOf({ key }: Cast): readonly Commit[] {
    return this.byKey.get(key) ?? [];
  }

  callsOf(cast: Cast, what?: Call['what']): readonly Call[] {
    return this.chronicle.calls.filter((call) => call.cast === cast && (what === undefined || call.what === what));
  }

  /** What was stored at a tick. */
  storedAt(cast: Cast, tick: number): Installation | null {
    return this.commitsOf(cast).findLast((commit) => commit.tick < tick)?.after ?? null;
  }

  /** Who took a lease; `null`: nobody of the fleet. */
  ownerOf(leaseId: string): Member | null {
    return this.leaseOwners.get(leaseId) ?? null;
  }

  /** Whether the world itself changed the record between two ticks: dropped it, restored it, took its lease away. */
  wasTouched(cast: Cast, from: number, to: number): boolean {
    return this.commitsOf(cast).some(({ writer, tick }) => writer === null && tick > from && tick < to);
  }

  /** The first tick after a moment. */
  tickAfter(at: number): number {
    const { commits, calls } = this.chronicle;
    const first = (events: readonly { tick: number; at: number }[]): number =>
      events.find((event) => event.at > at)?.tick ?? Number.MAX_SAFE_INTEGER;
    return Math.min(first(commits), first(calls));
  }

  /** Whether the store failed the instance between two ticks. */
  wasFailed(member: Member, from: number, to: number): boolean {
    return this.chronicle.storeFaults.some((fault) => fault.member === member && fault.tick > from && fault.tick < to);
  }

  /** Whether something else was stored since a call than what its instance had made it from. */
  hasMadeRoom(cast: Cast, call: Call, until = Number.POSITIVE_INFINITY): boolean {
    const own = this.commitsOf(cast).findLast(
      ({ tick, after }) => tick < call.tick && after?.lease != null && this.ownerOf(after.lease.id) === call.member,
    );
    const made = (own?.after ?? this.storedAt(cast, call.tick))?.credential?.id;
    const isOther = ({ after, tick }: Commit): boolean =>
      tick > (own?.tick ?? call.tick) &&
      tick < until &&
      after !== null &&
      (after.state === 'uninstalled' || after.credential?.id !== made);
    return this.commitsOf(cast).some(isOther);
  }

  /** The short id of the refresh token in an installation. */
  refreshTokenIn(installation: Installation | null): string | undefined {
    return this.idOf(installation?.credential?.refreshToken ?? undefined);
  }

  accessTokenIn(installation: Installation | null): string | undefined {
    return this.idOf(installation?.credential?.accessToken);
  }

  /** The token or code that a token was made from. */
  parentOf(token: string | undefined): string | undefined {
    return token === undefined ? undefined : this.world.simulator.describeToken(token)?.parent;
  }

  private idOf(token: string | undefined): string | undefined {
    return token === undefined ? undefined : this.world.simulator.describeToken(token)?.id;
  }
}

/** Whether the instance that made a call knows for certain what became of what it presented. */
export const isKnown = ({ entry, learned }: Call): boolean =>
  entry !== null && learned !== null && learned.isAnswer && definitelyKnown(entry);

/** Whether HighLevel certainly has not looked at what was presented. */
export const isUnseen = ({ entry }: Call): boolean =>
  entry?.fault === 'refused' || (entry?.delivery === 'delivered' && entry.status === 429);

/** Whether it is open, for the instance that made the call, what HighLevel did. */
export const isOpen = (call: Call): boolean => {
  const { entry, learned } = call;
  if (learned === null || !learned.isAnswer || entry === null) return !isUnseen(call);
  return (entry.status ?? 500) >= 500 || entry.fault === 'truncated' || entry.fault === 'html';
};
