import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { circumstances } from '../../support/history/circumstances.js';
import { steps } from '../../support/history/generator.js';
import { play } from '../../support/history/history.js';
import { storyOf } from '../../support/history/story.js';

const HISTORIES = 6;

const storiesOf = async (seed: number): Promise<string[]> => {
  const stories: string[] = [];
  const property = fc.asyncProperty(circumstances(true), steps(null), async (given, steps) => {
    const { evidence, broken } = await play(given, steps);
    stories.push(storyOf(evidence, broken));
  });
  await fc.check(property, { seed, numRuns: HISTORIES });
  return stories;
};

it('a history that is played again happens again, to the last call', async () => {
  const first = await storiesOf(5);
  expect(first).toHaveLength(HISTORIES);
  expect(await storiesOf(5)).toEqual(first);
}, 60_000);
