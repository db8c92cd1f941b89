import fc from 'fast-check';
import { canary } from '../canary/canary.js';
import { circumstances } from './circumstances.js';
import { steps } from './generator.js';
import { play } from './history.js';
import { storyOf } from './story.js';
import type { Tally } from './tally.js';

/** The two worlds: in one HighLevel offers Reconnect to the app, in the other it does not. */
export type WorldName = 'with Reconnect' | 'without Reconnect';

/** Where a history is found again: what HISTORY is set to. */
interface Replay {
  readonly world: WorldName;
  readonly seed: number;
  readonly path: string;
  readonly steps: string;
}

/** How many histories, and which: from the environment. */
export interface Plan {
  readonly histories: number;
  readonly seed: number;
  readonly replay: Replay | null;
  /** Somebody has asked for so many, and wants to see what came up. */
  readonly isLong: boolean;
}

export function planFrom(environment: NodeJS.ProcessEnv, histories: number, seed: number): Plan {
  const { HISTORIES, HISTORIES_SEED, HISTORY } = environment;
  return {
    histories: Number(HISTORIES ?? histories),
    seed: Number(HISTORIES_SEED ?? seed),
    replay: HISTORY === undefined ? null : (JSON.parse(HISTORY) as Replay),
    isLong: HISTORIES !== undefined,
  };
}

/** Plays histories of a world until one goes wrong; then tells the shortest like it that was found, and how to play it again. */
export async function holds(world: WorldName, { histories, seed, replay }: Plan, tally: Tally): Promise<void> {
  if (replay !== null && replay.world !== world) return;
  const property = fc.asyncProperty(
    circumstances(world === 'with Reconnect'),
    steps(replay?.steps || null),
    async (given, steps) => {
      const history = await play(given, steps);
      tally.add(history);
      canary.forgetSecrets();
      if (history.broken.length > 0) throw new Error(storyOf(history.evidence, history.broken));
    },
  );
  const which = replay === null ? { seed, numRuns: histories } : { seed: replay.seed, path: replay.path, numRuns: 1 };
  const details = await fc.check(property, which);
  if (!details.failed) return;
  const path = details.counterexamplePath ?? '';
  const taken = /replayPath="([^"]*)"/.exec(fc.stringify(details.counterexample?.[1]))?.[1] ?? replay?.steps ?? '';
  const again: Replay = { world, seed: details.seed, path, steps: taken };
  const error =
    details.errorInstance instanceof Error ? details.errorInstance : new Error(String(details.errorInstance));
  throw new Error(
    `A history ${world} went wrong (after ${details.numRuns} runs and ${details.numShrinks} times of shortening it).\n` +
      `Play it again: HISTORY='${JSON.stringify(again)}' npm run test:histories\n${error.stack}`,
  );
}
