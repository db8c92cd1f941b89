import type { Evidence } from '../evidence.js';
import type { Call, Commit } from '../chronicle.js';
import type { Cast } from '../cast.js';

const TTL_MS = 12_000;

/**
 * Rule 1: while a lease is valid no second rotation of that credential starts, however many requests, processes or sweeps
 * want it; and of one credential at most one successor is ever stored.
 *
 * Seen whole: a lease is valid as long as its record has not stood still for its whole time to live.
 */
export function rule01OneRotationAtATime(evidence: Evidence): string[] {
  return evidence.world.casts.flatMap((cast) => [
    ...leasesTakenTooEarly(evidence, cast),
    ...presentationsWithoutLease(evidence, cast),
    ...secondSuccessors(evidence, cast),
  ]);
}

const leasesTakenTooEarly = (evidence: Evidence, cast: Cast): string[] =>
  evidence.commitsOf(cast).flatMap((commit, n, commits) => {
    const [held, taken] = [commit.before?.lease, commit.after?.lease];
    const isTakenOver = held != null && taken != null && held.id !== taken.id && commit.writer !== null;
    if (!isTakenOver || evidence.ownerOf(held.id) === commit.writer) return [];
    const last = commits[n - 1] as Commit;
    // Of a version that a backup brought back it is not known since when somebody has seen it.
    const isRestored = last.writer === null && last.before === null;
    const stoodStillMs = commit.at - last.at;
    if (isRestored || stoodStillMs >= TTL_MS) return [];
    const from = evidence.ownerOf(held.id)?.name ?? 'a stranger';
    return [`${commit.writer?.name} took the lease on ${cast.name} from ${from} after ${stoodStillMs} ms`];
  });

/** Before a refresh token is presented, the presentation is marked in the record, under a lease of the one who presents it. */
function presentationsWithoutLease(evidence: Evidence, cast: Cast): string[] {
  const used = new Set<Commit>();
  return evidence.callsOf(cast, 'refresh').flatMap((call) => {
    const mark = evidence
      .commitsOf(cast)
      .findLast((commit) => commit.tick < call.tick && isMarkOf(evidence, commit, call));
    const what = `${call.member.name} presented ${call.presented} of ${cast.name}`;
    if (mark === undefined || used.has(mark)) return [`${what} without a mark of its own`];
    used.add(mark);
    const { lease } = mark.after ?? {};
    const isHeld = lease != null && evidence.ownerOf(lease.id) === call.member;
    if (!isHeld) return [`${what} without a lease of its own`];
    if (!call.member.process.ranFrom(mark.tick, call.tick)) return [];
    return call.at - mark.at < TTL_MS ? [] : [`${what} ${call.at - mark.at} ms after it was marked`];
  });
}

const isMarkOf = (evidence: Evidence, { writer, before, after }: Commit, call: Call): boolean =>
  writer === call.member &&
  after?.mark != null &&
  after.mark.times !== (before?.mark?.credentialId === after.mark.credentialId ? before.mark.times : 0) &&
  evidence.refreshTokenIn(after) === call.presented;

function secondSuccessors(evidence: Evidence, cast: Cast): string[] {
  const successors = new Map<string, Commit>();
  return evidence.commitsOf(cast).flatMap((commit) => {
    const { credential } = commit.after ?? {};
    const isNew = credential != null && credential.id !== commit.before?.credential?.id;
    if (!isNew || credential.origin !== 'refresh' || commit.writer === null) return [];
    const parent = evidence.parentOf(credential.refreshToken ?? undefined) ?? '';
    const first = successors.get(parent);
    successors.set(parent, commit);
    const isSecond = first !== undefined && first.after?.credential?.id !== credential.id;
    if (!isSecond || evidence.wasTouched(cast, first.tick, commit.tick)) return [];
    return [
      `of ${parent} of ${cast.name} two successors were stored, by ${first.writer?.name} and ${commit.writer.name}`,
    ];
  });
}
