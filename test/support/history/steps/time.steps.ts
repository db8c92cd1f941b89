import fc from 'fast-check';
import { at, oneOf, type Weighted } from './choices.js';
import { Step } from './step.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** Mostly so short that what is under way goes on; sometimes so long that it is night. */
const SPELLS = [
  1,
  1,
  100,
  700,
  2 * S,
  5 * S,
  12 * S,
  16 * S,
  16 * S,
  31 * S,
  MINUTE,
  10 * MINUTE,
  HOUR,
  6 * HOUR,
  24 * HOUR,
];

/** How time goes on. Without one of these, the next step comes before the one before it has had any effect. */
export const TIME_STEPS: readonly Weighted[] = [
  {
    weight: 9,
    arbitrary: fc.integer({ min: 1, max: 14 }).map(
      (crossings) =>
        new Step('crossings', {
          says: () => `${crossings} calls of the store or of HighLevel take effect or are answered`,
          does: ({ interleaving }) => interleaving.some(crossings),
        }),
    ),
  },
  {
    weight: 9,
    arbitrary: oneOf(...SPELLS).map(
      (ms) =>
        new Step('time', {
          says: () => `${spell(ms)} pass`,
          does: ({ clock }) => clock.pass(ms),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at, ms: oneOf(-20 * S, 20 * S, -10 * MINUTE, 10 * MINUTE, -HOUR, HOUR) }).map(
      ({ at, ms }) =>
        new Step('clock jump', {
          says: ({ fleet }) =>
            `${fleet.at(at).name}: its clock jumps ${ms > 0 ? 'ahead' : 'back'} by ${spell(Math.abs(ms))}`,
          when: ({ fleet, host }) => !host.isExchanging(fleet.at(at)),
          does: ({ fleet }) => fleet.jump(at, ms),
        }),
    ),
  },
];

function spell(ms: number): string {
  if (ms >= HOUR) return `${ms / HOUR} h`;
  if (ms >= MINUTE) return `${ms / MINUTE} min`;
  return ms >= S ? `${ms / S} s` : `${ms} ms`;
}
