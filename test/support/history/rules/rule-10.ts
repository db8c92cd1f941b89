import { isKnown, type Evidence } from '../evidence.js';
import type { Call, Commit } from '../chronicle.js';
import type { Cast } from '../cast.js';

const ENOUGH = { answers: 12, spreadMs: 86_400_000 };

/**
 * Rule 10: trouble that says nothing about the grant (no answer, 429, 5xx, an unknown 4xx) never declares an installation
 * dead at once.
 *
 * Seen whole: whoever is declared dead has been refused its refresh token and Reconnect, in words that say so.
 */
export const rule10TroubleKillsNobody = (evidence: Evidence): string[] =>
  evidence.world.casts.flatMap((cast) =>
    evidence.commitsOf(cast).flatMap((commit) => {
      const { before, after, writer } = commit;
      const isDeclared = after?.state === 'needs_reauthorization' && before?.state !== 'needs_reauthorization';
      if (!isDeclared || writer === null) return [];
      const missing = [
        ...(isRefreshTokenGone(evidence, cast, commit) ? [] : ['its refresh token']),
        ...(isReconnectGone(evidence, cast, commit) ? [] : ['Reconnect']),
      ];
      return missing.map((what) => `${writer.name} declared ${cast.name} dead, although ${what} was not refused`);
    }),
  );

function isRefreshTokenGone(evidence: Evidence, cast: Cast, { after, tick }: Commit): boolean {
  const token = evidence.refreshTokenIn(after);
  if (token === undefined) return true;
  const calls = evidence.callsOf(cast, 'refresh').filter((call) => call.presented === token && call.tick < tick);
  return calls.some(isRefusal) || areEnough(calls);
}

function isReconnectGone(evidence: Evidence, cast: Cast, { tick }: Commit): boolean {
  const before = evidence.chronicle.calls.filter((call) => call.what === 'reconnect' && call.tick < tick);
  const ofTheApp = before.some(({ entry }) => entry?.refusal === 'endpointRemoved');
  return ofTheApp || before.some((call) => call.cast === cast && isDenied(call)) || areEnough(before);
}

const isRefusal = (call: Call): boolean => isKnown(call) && call.entry?.outcome === 'refused';

const isDenied = ({ entry }: Call): boolean => entry?.refusal === 'reconnectNotInstalled';

/** Many answers of unknown meaning, over more than a day. */
const areEnough = (calls: readonly Call[]): boolean => {
  const unknown = calls.filter(({ entry }) => entry?.status === 418 || entry?.refusal === 'clientRejected');
  return unknown.length >= ENOUGH.answers && (unknown.at(-1)?.at ?? 0) - (unknown[0]?.at ?? 0) >= ENOUGH.spreadMs;
};
