import fc from 'fast-check';
import type { Circumstances } from './circumstances.js';
import { Evidence } from './evidence.js';
import { endFaults, heal, reopen } from './heal.js';
import { callersLeftWaiting, outcomeOf, stuck, toldOtherwise, type Outcome } from './outcome.js';
import { RULES } from './rules/index.js';
import { World } from './world.js';
import type { Lost } from './losses.js';

/** What one history came to. */
export interface History {
  readonly evidence: Evidence;
  /** Everything that went against a rule, or did not come right in the end. */
  readonly broken: readonly string[];
  readonly lost: readonly Lost[];
}

/** Plays a history from the first installation to the end, where everything that can be well has to be. */
export async function play(
  given: Circumstances,
  steps: Iterable<fc.AsyncCommand<World, World, true>>,
): Promise<History> {
  const world = await World.begun(given);
  await fc.asyncModelRun(() => ({ model: world, real: world }), steps);
  await endFaults(world);
  await heal(world);
  const first = await ending(world);
  if (!given.hasReconnect) await reopen(world);
  const last = given.hasReconnect ? first : await ending(world);
  const evidence = new Evidence(world);
  const rules = RULES.flatMap(([rule, find]) => find(evidence).map((what) => `${rule}: ${what}`));
  const broken = [...rules, ...callersLeftWaiting(evidence), ...first.broken, ...last.broken];
  return { evidence, broken: [...new Set(broken)], lost: first.lost };
}

/** What is not as it should be, now that everything has had its time. */
async function ending(world: World): Promise<Outcome> {
  const waiting = await stuck(world);
  const told = toldOtherwise(new Evidence(world));
  const { broken, lost } = await outcomeOf(world);
  return { broken: [...waiting, ...told, ...broken], lost };
}
