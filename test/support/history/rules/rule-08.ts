import type { Evidence } from '../evidence.js';
import type { Cast } from '../cast.js';

const MINUTE = 60_000;

/**
 * Rule 8, as far as there are no API calls: a dead installation costs no calls.
 *
 * The rest, a 401 that a new token cannot repair and one installation's trouble that delays another: `rules/rule-08` and
 * `integration/http/storms.test.ts`.
 */
export const rule08DeadCostsNothing = (evidence: Evidence): string[] =>
  evidence.world.casts.flatMap((cast) => callsForTheDead(evidence, cast));

/** Dead is what has been so in the store for a minute: whoever was at it has noticed by then. */
const callsForTheDead = (evidence: Evidence, cast: Cast): string[] =>
  evidence.callsOf(cast).flatMap((call) => {
    const { member, tick, at, what } = call;
    const commits = evidence.commitsOf(cast).filter((commit) => commit.tick < tick);
    const died = commits.findLast((commit) => commit.after?.state !== commit.before?.state);
    const { state, lacking = [] } = died?.after ?? {};
    const isDead = state === 'uninstalled' || (state === 'needs_reauthorization' && lacking.length === 0);
    const isOver = died === undefined || at - died.at < MINUTE || !member.process.ranFrom(died.tick, tick);
    if (!isDead || isOver || call.isOnPurpose || what === 'exchange') return [];
    return [`${member.name} called HighLevel (${what}) for ${cast.name}, which was ${state} for ${at - died.at} ms`];
  });
