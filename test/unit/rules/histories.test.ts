import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PartialSettings } from '../../../lib/testing/simulator/settings.js';
import { History, type Step } from '../../support/history.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** Repeat a failed run with the seed that fast-check prints: HISTORY_SEED=… HISTORY_RUNS=… */
const seed = Number(process.env['HISTORY_SEED'] ?? 20_261_102);
const numRuns = Number(process.env['HISTORY_RUNS'] ?? 250);

const at = fc.nat({ max: 2 });
const of = fc.nat({ max: 1 });
const chosen = <T extends string>(...names: readonly T[]) => fc.constantFrom(...names);

const usual: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: chosen('want'), at, of }) },
  { weight: 3, arbitrary: fc.record({ do: chosen('reject', 'rotate', 'reconnect'), at, of }) },
  { weight: 2, arbitrary: fc.record({ do: chosen('expire', 'kill'), of }) },
  { weight: 1, arbitrary: fc.record({ do: chosen('sweep', 'reseal'), at }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: chosen('pass'), ms: fc.constantFrom(10, S, 10 * S, 20 * S, MINUTE, HOUR, 24 * HOUR) }),
  },
);

const atHighLevel: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: chosen('highlevel'),
      times: fc.integer({ min: 1, max: 4 }),
      fault: fc.constantFrom(
        { kind: 'lost' as const },
        { kind: 'reset' as const },
        { kind: 'hang' as const },
        { kind: 'refused' as const },
        { kind: 'truncated' as const, handled: true },
        { status: 500 },
        { status: 429 },
        { status: 418 },
        { delayMs: 3 * S },
        { delayMs: 9 * S },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: chosen('pause', 'resume'), of }) },
  { weight: 1, arbitrary: fc.record({ do: chosen('uninstall', 'reinstall'), at, of }) },
);

const atHome: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: chosen('crash', 'stop', 'wake'), at }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: chosen('crashAt'),
      at,
      port: chosen('find', 'save', 'highlevel'),
      moment: chosen('before', 'after'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: chosen('store'),
      fault: chosen('before', 'after', 'hang', 'hangAfter'),
      on: chosen('find', 'save'),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: chosen('drop'), of }) },
  { weight: 1, arbitrary: fc.record({ do: chosen('backup', 'restore', 'mend') }) },
);

const holds = (steps: fc.Arbitrary<Step>, settings: PartialSettings = {}) =>
  fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(steps, { minLength: 4, maxLength: 30 }), async (run, history) => {
      // One in four with sealed records, which take longer.
      const world = new History(String(run), settings, run % 4 === 0);
      await world.begin(3, 2);
      for (const step of history) await world.take(step);
      await world.end();
      expect({
        violations: world.violations,
        ledger: world.violations.length > 0 ? world.bench.ledger.summary() : [],
      }).toEqual({
        violations: [],
        ledger: [],
      });
    }),
    { seed, numRuns },
  );

describe('in any history the rules hold, and once faults stop everything that can be well is', () => {
  it(
    'with trouble at HighLevel',
    () => holds(fc.oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: atHighLevel })),
    60_000,
  );

  it(
    'with trouble everywhere',
    () =>
      holds(
        fc.oneof(
          { weight: 3, arbitrary: usual },
          { weight: 1, arbitrary: atHighLevel },
          { weight: 2, arbitrary: atHome },
        ),
      ),
    60_000,
  );

  it('also without Reconnect, as long as nothing takes the tokens away and HighLevel repeats an answer that was lost', () => {
    const taking = new Set(['kill', 'drop', 'restore', 'uninstall', 'reinstall']);
    const steps = fc
      .oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: atHighLevel }, { weight: 2, arbitrary: atHome })
      .filter((step) => !taking.has(step.do));
    return holds(steps, { reconnect: { mode: 'removed' }, token: { afterGrace: 'sameAnswer' } });
  }, 60_000);
});
