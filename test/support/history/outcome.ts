import { inspect } from 'node:util';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { Cast } from './cast.js';
import type { Telling } from './chronicle.js';
import { Evidence } from './evidence.js';
import { isProperError } from './host.js';
import { wayBackOf, type Lost } from './losses.js';
import type { Member } from './member.js';
import type { World } from './world.js';

const S = 1_000;
/** A caller waits for a token for 45 s at most; then one call of the store may be under way. */
const PATIENCE_MS = 51 * S;
/** A lease of the dead is taken over after 12 s, and a rotation takes seconds. */
const TAKEOVER_MS = 60 * S;
/** A store whose newest token is dead as well costs one call more. */
const MAX_CALLS = 3;
const GONE: ReadonlySet<string> = new Set(['GHL_UNINSTALLED', 'GHL_INSTALLATION_UNKNOWN']);

/** How a history ended. */
export interface Outcome {
  readonly broken: string[];
  /** Installed places that no way back was left for, and why. */
  readonly lost: readonly Lost[];
}

/** Every caller of an instance that ran was answered in time, with a token or with an error that tells why there is none. */
export const callersLeftWaiting = ({ chronicle, world }: Evidence): string[] =>
  chronicle.asked.flatMap(({ member, cast, what, settled, tick, at }) => {
    const who = `who asked ${member.name} for a ${what}${cast === null ? '' : ` of ${cast.name}`}`;
    if (settled?.error !== undefined && !isProperError(settled.error))
      return [`${who} was given an error of another kind: ${inspect(settled.error)}`];
    const isBounded = what === 'token' || what === 'replacement' || what === 'rotation';
    const waitedMs = (settled?.at ?? world.clock.monotonic()) - at;
    const isTooLong =
      isBounded && waitedMs > PATIENCE_MS && member.process.ranFrom(tick, settled?.tick ?? chronicle.tick());
    return isTooLong ? [`${who} waited for ${waitedMs} ms`] : [];
  });

/** Nothing waits for ever: for a retry, for somebody dead, for an unfinished rotation, or to be told. */
export async function stuck(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const cast of world.casts) {
    const installation = world.store.installation(cast.key);
    if (installation === null) continue;
    const { state, mark, lease, untold } = installation;
    if (state === 'retrying' || state === 'pending' || state === 'suspended')
      found.push(`${cast.name} is stuck: ${state}`);
    if (mark !== null) found.push(`the rotation of ${cast.name} is unfinished`);
    if (untold.length > 0)
      found.push(`the host was not told that ${cast.name} is ${untold.map(({ to }) => to).join(', ')}`);
    if (lease !== null && state === 'active') found.push(...(await unreachable(world, cast)));
  }
  return found;
}

/** A lease that was left behind keeps nobody from the installation. */
async function unreachable({ clock, fleet, host }: World, cast: Cast): Promise<string[]> {
  const asked = host.rotate(fleet.at(0), cast);
  await clock.pass(TAKEOVER_MS);
  return asked.settled === null ? [`nobody gets past the lease on ${cast.name}`] : [];
}

/**
 * What the host was told last of a place is what the record says; told again with the same id is told once. Where a restored
 * backup has changed the state since the host was told, nobody can know.
 */
export const toldOtherwise = (evidence: Evidence): string[] =>
  evidence.world.casts.flatMap((cast) => {
    const changed = evidence.commitsOf(cast).findLast(({ before, after }) => before?.state !== after?.state);
    if (changed === undefined || changed.writer === null) return [];
    const told = new Map<string, Telling>();
    for (const telling of evidence.chronicle.tellings)
      if (keyOf(telling.change.installation) === cast.placeKey && !told.has(telling.change.id))
        told.set(telling.change.id, telling);
    const telling = [...told.values()].at(-1);
    const last = telling?.change.to ?? 'nothing';
    const is = changed.after?.state;
    const wasRestored = evidence
      .commitsOf(cast)
      .some(
        ({ tick, writer, after }) =>
          telling !== undefined && writer === null && tick > telling.tick && after !== null && after.state !== last,
      );
    return last === is || wasRestored ? [] : [`the host was told that ${cast.name} is ${last}, and it is ${is}`];
  });

const keyOf = (ref: InstallationRef): string =>
  ref.locationId === undefined ? `company:${ref.companyId}` : `location:${ref.locationId}`;

/** Everything that can be well is; of everything else it is known why it cannot. */
export async function outcomeOf(world: World): Promise<Outcome> {
  const broken: string[] = [];
  const lost: Lost[] = [];
  await everybodyLooks(world);
  const evidence = new Evidence(world);
  for (const cast of world.casts) {
    const wayBack = wayBackOf(evidence, cast);
    if ('cause' in wayBack) lost.push(wayBack);
    for (const member of world.fleet.members) {
      const found = await served(world, member, cast);
      const isWell = cast.isInstalled ? found === 'live' : GONE.has(found) || isForgotten(evidence, cast, found);
      const isDeclared = found === 'GHL_NEEDS_REAUTHORIZATION' || (!cast.isTakenIn && GONE.has(found));
      const isExcused = cast.isInstalled && 'cause' in wayBack && isDeclared;
      const is = cast.isInstalled
        ? `installed, with ${'by' in wayBack ? wayBack.by : 'no way'} to come back by`
        : 'uninstalled';
      if (!isWell && !isExcused) broken.push(`${cast.name} is ${is}, but ${member.name} says: ${found}`);
    }
  }
  return { broken, lost };
}

/** Whoever still holds something that the store has lost brings it back at a call. */
async function everybodyLooks(world: World): Promise<void> {
  for (const cast of world.casts) for (const member of world.fleet.members) await served(world, member, cast);
  await world.clock.pass(TAKEOVER_MS);
}

/**
 * Where the store lost the tombstone, HighLevel's refusals take its place; and where clocks disagree, nobody can know which of the two came
 * later, an uninstall that a process heard of before it stood still, or an authorization.
 */
const isForgotten = (evidence: Evidence, cast: Cast, found: string): boolean =>
  found === 'GHL_NEEDS_REAUTHORIZATION' &&
  (evidence.world.fleet.haveClocksDisagreed || evidence.wasTouched(cast, 0, Number.POSITIVE_INFINITY));

/** What a caller has in the end, who says so where HighLevel rejects a token; one call after the other, each replayed once. */
async function served({ clock, simulator }: World, { engine, tokens }: Member, cast: Cast): Promise<string> {
  const { keeper } = engine;
  const stateOf = (token: string): string => simulator.describeToken(token)?.state ?? 'unknown token';
  let outcome = 'no answer';
  const look = async (): Promise<string> => {
    let state = '';
    for (let calls = 0; calls < MAX_CALLS && state !== 'live'; calls += 1) {
      const credential = await tokens.getCredential(cast.ref);
      state = stateOf(credential.token);
      if (state === 'live') break;
      const next = await keeper.afterRejection(keeper.placeOf(cast.ref), credential, 'expired');
      state = next === null ? 'not repaired' : stateOf(next.token);
    }
    return state;
  };
  const asked = look().then(
    (state) => (outcome = state),
    (error: unknown) => (outcome = isGhlAuthError(error) ? error.code : String(error)),
  );
  await clock.passUntil(asked, TAKEOVER_MS);
  return outcome;
}
