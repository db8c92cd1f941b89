import fc from 'fast-check';
import { PLACES, type PlaceName } from '../cast.js';
import type { Step } from './step.js';

/** Which instance, whatever their number. */
export const at = fc.nat({ max: 2 });

/** Which place: some more often than others, so that much happens to the same one. */
export const of: fc.Arbitrary<PlaceName> = fc.constantFrom('clinic', 'agency', 'clinic', 'salon', 'agency', ...PLACES);

/** One of a few words. */
export const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** A step, and how often it is taken. */
export type Weighted = fc.WeightedArbitrary<Step>;
