import { isRefreshable } from '../../../lib/decision/ladder.js';
import type { Commit } from './chronicle.js';
import type { Cast } from './cast.js';
import type { Evidence } from './evidence.js';
import type { World } from './world.js';
import { pairsOf } from './rules/rule-03.js';

/** Why an installed place has no way back but its customer. */
export type Cause =
  /** HighLevel has killed every token, or refuses those that were presented in the dark after the grace. */
  | 'tokens killed'
  /** The newest pair was with a process that died before it had stored it. */
  | 'died with its process'
  /** The answer with the newest pair never reached anybody. */
  | 'answer lost'
  /** The store lost it, and nobody held it any more. */
  | 'lost by the store';

/** A place that is lost. */
export interface Lost {
  readonly cast: Cast;
  readonly cause: Cause;
}

/** Whether a place can come back by itself, as the world knows it. */
export function wayBackOf(evidence: Evidence, cast: Cast): Lost | { readonly by: string } {
  const { world } = evidence;
  if (world.offersReconnect) return { by: 'Reconnect' };
  if (isMintable(evidence, cast)) return { by: 'its company' };
  const live = liveRefreshTokens(evidence, cast);
  const isLive = (token: string | undefined): boolean => token !== undefined && live.has(token);
  const installation = world.store.installation(cast.key);
  if (installation !== null && isRefreshable(installation) && isLive(evidence.refreshTokenIn(installation)))
    return { by: 'the refresh token that is stored' };
  const newest = evidence
    .commitsOf(cast)
    .findLast(({ writer, before, after }) => writer !== null && after?.credential?.id !== before?.credential?.id);
  const isNewestLive = isLive(evidence.refreshTokenIn(newest?.after ?? null));
  if (isNewestLive && newest?.writer?.process.isAlive && knows(evidence, cast, newest))
    return { by: 'what a living process has stored' };
  const stored = new Set(evidence.commitsOf(cast).map(({ after }) => evidence.refreshTokenIn(after)));
  const unstored = [...live].filter((token) => !stored.has(token));
  const received = pairsOf(evidence, cast).filter(({ refresh }) => refresh !== undefined && unstored.includes(refresh));
  if (received.some(({ call }) => call.member.process.isAlive && !evidence.hasMadeRoom(cast, call)))
    return { by: 'a pair that a living process holds' };
  if (isInSink(world, unstored)) return { by: 'what is left in the emergency sink' };
  if (isNewestLive) return { cast, cause: 'lost by the store' };
  if (unstored.length === 0) return { cast, cause: 'tokens killed' };
  return { cast, cause: received.length > 0 ? 'died with its process' : 'answer lost' };
}

/** Whether a commit says that it came after what is stored now, or its writer could have known so. */
function knows(evidence: Evidence, cast: Cast, { writer, after }: Commit): boolean {
  const stored = evidence.world.store.installation(cast.key)?.credential?.id;
  if (stored === undefined || after?.lineage.includes(stored)) return true;
  return evidence.commitsOf(cast).some((commit) => commit.writer === writer && commit.after?.credential?.id === stored);
}

function isInSink({ sink, simulator, given }: World, tokens: readonly string[]): boolean {
  const ids = simulator
    .secrets()
    .filter((secret) => [...sink.entries.values()].some((entry) => entry.includes(secret)))
    .map((secret) => simulator.describeToken(secret)?.id ?? '');
  return given.hasSink && ids.some((id) => tokens.includes(id));
}

/** A location whose company is well, and has the app. */
function isMintable({ world }: Evidence, cast: Cast): boolean {
  const agency = world.cast('agency');
  const isOfIt = cast !== agency && cast.ref.companyId === agency.ref.companyId;
  return isOfIt && agency.isInstalled && world.store.installation(agency.key)?.state === 'active';
}

/** Refresh tokens that HighLevel would take: a used one only where it repeats its answer for ever, to the same secret. */
function liveRefreshTokens({ world }: Evidence, cast: Cast): ReadonlySet<string> {
  const { simulator, given, steps } = world;
  const isRepeated = given.afterGrace === 'sameAnswer' && !steps.some(({ name }) => name === 'client secret replaced');
  const tokens = simulator.secrets().flatMap((secret) => simulator.describeToken(secret) ?? []);
  return new Set(
    tokens
      .filter(({ kind, place }) => kind === 'refresh' && place === cast.placeKey)
      .filter(({ state }) => state === 'live' || (state === 'used' && isRepeated))
      .map(({ id }) => id),
  );
}
