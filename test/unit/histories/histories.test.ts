import { afterAll, describe, expect, it } from '@jest/globals';
import { holds, planFrom, type WorldName } from '../../support/history/runner.js';
import { Tally } from '../../support/history/tally.js';

/** How many in each world, and which: `HISTORIES`, `HISTORIES_SEED`; `HISTORY` plays one again. */
const plan = planFrom(process.env, 30, 8);
const tally = new Tally();
/** A history takes well under a second, also on a busy machine. */
const LIMIT_MS = 180_000 + plan.histories * 2_000;

/** These come up too rarely for a short run to have to show them; `test/unit/emergency` and `test/unit/rules` do. */
const RARE: readonly string[] = ['a pair is taken back from the emergency sink', 'a late pair is dropped'];

const WORLDS: readonly WorldName[] = ['with Reconnect', 'without Reconnect'];

describe('in any history the rules hold, and in the end everything is well that can be', () => {
  it.each(WORLDS)('%s', (world) => holds(world, plan, tally), LIMIT_MS);

  it('and what they are to show has come up', () => {
    if (plan.replay !== null) return;
    expect(tally.unseen.filter((situation) => !RARE.includes(situation))).toEqual([]);
  });
});

afterAll(() => {
  const report = tally.report();
  process.stdout.write(`${[`seed ${plan.seed}`, ...(plan.isLong ? report : report.slice(0, 1))].join('\n')}\n`);
});
