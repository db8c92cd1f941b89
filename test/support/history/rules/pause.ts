import { isFinishable } from '../../../../lib/decision/grace.js';
import { pausesInForce } from '../../../../lib/decision/pause.js';
import type { Call } from '../chronicle.js';
import type { Evidence } from '../evidence.js';

/** So long after it was stored a pause is obeyed by everybody, and what was under way has ended. */
const NOTICED_MS = 30_000;

/** No rule of the ten: what people have paused for the fleet, or switched off for an instance, is not done. */
export const pausesAreObeyed = (evidence: Evidence): string[] =>
  evidence.chronicle.calls
    .filter((call) => call.what !== 'exchange' && (call.member.mode !== 'active' || isPaused(evidence, call)))
    .map(({ member, what, cast }) => `${member.name} called HighLevel (${what}) for ${cast?.name}, which was paused`);

/** Since long enough, by the clock of the instance, and with a store that tells it. A rotation that can be finished is. */
function isPaused(evidence: Evidence, { cast, member, what, tick, at, now }: Call): boolean {
  const { chronicle } = evidence;
  const known = chronicle.appCommits.filter((commit) => commit.tick < tick);
  const isNew = known.some((commit) => commit.at > at - NOTICED_MS);
  const last = known.at(-1);
  if (last === undefined || last.after === null || isNew) return false;
  const isTold = member.process.ranFrom(last.tick, tick) && !evidence.wasFailed(member, last.tick, tick);
  const inForce = pausesInForce(last.after.pauses, now).some(([scope]) => scope === 'all' || scope === what);
  const installation = cast === undefined ? null : evidence.storedAt(cast, tick);
  const isFinishing = what === 'refresh' && installation !== null && (installation.mark?.times ?? 0) > 1;
  return isTold && inForce && !(isFinishing && isFinishable(installation, now));
}
