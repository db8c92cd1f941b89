import { afterAll, describe, expect, it } from '@jest/globals';
import { explorePairs } from './support/explore.js';
import { REFRESH } from './support/flows.js';
import { report, RESCUED_WITHIN_MS } from './support/report.js';

afterAll(() => report('Pairs of crashes'));

describe('two processes that are killed one after the other, at any crossings of a refresh', () => {
  it('lose nothing, even where nothing but the refresh token is left: a third one finishes their work within the grace', async () => {
    const explored = await explorePairs(REFRESH);
    report.add(explored);
    expect(explored.problems).toEqual([]);
    expect(explored.tried).toBeGreaterThanOrEqual(506);
    expect(explored.lost).toBe(0);
    expect(explored.slowestMs).toBeLessThanOrEqual(RESCUED_WITHIN_MS);
  }, 300_000);
});
