import type { Evidence } from '../evidence.js';
import type { Member } from '../member.js';
import { pairsOf } from './rule-03.js';

const SHUTDOWN_MS = 25_000;
/** For the crossings and the moment of the last look. */
const TOLERANCE_MS = 1_000;

/**
 * Rule 5: a rotation runs to its end even when the caller who started it goes away; shutdown waits for it and its write,
 * bounded.
 *
 * Seen whole: callers who go away are steps, and what they started falls under rule 3.
 */
export const rule05RunsToItsEnd = (evidence: Evidence): string[] =>
  evidence.chronicle.members.flatMap((member) => [
    ...shutdownTooLong(evidence, member),
    ...lostInShutdown(evidence, member),
    ...calledAfterwards(evidence, member),
  ]);

function shutdownTooLong({ world }: Evidence, { name, closing, process }: Member): string[] {
  if (closing === null || (closing.ended === null && !process.isAlive)) return [];
  const end = closing.ended ?? { tick: Number.MAX_SAFE_INTEGER, at: world.clock.monotonic() };
  const isOver = end.at - closing.at <= SHUTDOWN_MS + TOLERANCE_MS;
  if (isOver || !process.ranFrom(closing.tick, end.tick)) return [];
  return [`${name} took ${end.at - closing.at} ms to shut down`];
}

/** With a store and a HighLevel that answer, nothing is lost. */
function lostInShutdown(evidence: Evidence, member: Member): string[] {
  const { name, closing, process, log } = member;
  const ended = closing?.ended?.tick;
  // It says so where it had to give up waiting.
  if (ended === undefined || log.some(({ message }) => message.startsWith('shutdown:'))) return [];
  return evidence.world.casts.flatMap((cast) => {
    const stored = new Set(evidence.commitsOf(cast).map(({ after }) => evidence.accessTokenIn(after)));
    return pairsOf(evidence, cast)
      .filter(({ call, access }) => call.member === member && !stored.has(access))
      .filter(({ call }) => !evidence.hasMadeRoom(cast, call) && !evidence.wasFailed(member, call.tick, ended))
      .filter(({ call }) => process.ranFrom(call.tick, ended))
      .map(({ access }) => `${name} shut down with ${access} of ${cast.name}, and never stored it`);
  });
}

const calledAfterwards = ({ chronicle }: Evidence, member: Member): string[] =>
  chronicle.calls
    .filter((call) => call.member === member && call.tick > (member.closing?.ended?.tick ?? Number.POSITIVE_INFINITY))
    .map((call) => `${member.name} called HighLevel (${call.what}) after it had shut down`);
