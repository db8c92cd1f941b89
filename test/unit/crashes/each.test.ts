import { afterAll, describe, expect, it } from '@jest/globals';
import { exploreCrashes } from './support/explore.js';
import { FLOWS } from './support/flows.js';
import { report, RESCUED_WITHIN_MS } from './support/report.js';

/** Each flow with the number of its crossings, below which it must not fall, and how many crashes may lose something. */
const ROWS: readonly (readonly [flow: string, crossings: number, mayLose: number])[] = [
  ['a refresh', 12, 0],
  ['a refresh that another process waits for', 12, 0],
  ['a refresh whose first answer is lost', 18, 0],
  ['a renewal ahead of time, for which nobody waits', 16, 0],
  ['a mint', 22, 0],
  ['a mint for which the company is refreshed', 30, 0],
  ['a Reconnect after a refused refresh', 20, 0],
  ['a Reconnect of what only the directory knows', 26, 0],
  ['a Reconnect on purpose', 12, 0],
  // The one exception: the answer has died with the process, and nobody else knows for which place it was.
  ['the exchange of a code', 14, 4],
  ['the exchange of a code, of a place that the directory knows', 14, 0],
  ['an import, by a script that runs again', 12, 0],
  ['a sweep over several installations', 50, 0],
  ['a shutdown during a refresh', 12, 0],
  ['a refresh and a shutdown while the store fails, with an emergency sink', 31, 0],
  ['taking back what is in the emergency sink', 21, 0],
  ['the uninstall of a company with its locations', 40, 0],
  ['a recovery in vain', 28, 0],
];

afterAll(() => report('Crash points'));

describe('a process that is killed at any crossing of a port loses nothing, and another one finishes its work', () => {
  it.each(ROWS)('%s', async (name, crossings, mayLose) => {
    const explored = await exploreCrashes(FLOWS[name]!);
    report.add(explored);
    expect(explored.problems).toEqual([]);
    expect(explored.tried).toBeGreaterThanOrEqual(crossings);
    expect(explored.lost).toBe(mayLose);
    expect(explored.slowestMs).toBeLessThanOrEqual(RESCUED_WITHIN_MS);
  });

  it('and no flow is left out', () => {
    expect(ROWS.map(([name]) => name)).toEqual(Object.keys(FLOWS));
  });
});
