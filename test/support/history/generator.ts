import fc from 'fast-check';
import { CUSTOMER_STEPS } from './steps/customer.steps.js';
import type { Weighted } from './steps/choices.js';
import { HIGHLEVEL_STEPS } from './steps/highlevel.steps.js';
import { HOST_STEPS } from './steps/host.steps.js';
import { MACHINE_STEPS } from './steps/machine.steps.js';
import { TIME_STEPS } from './steps/time.steps.js';
import type { World } from './world.js';

const MAX_STEPS = 80;

/** What the backend does, and how time goes on, takes the larger part; the rest is trouble. */
const SHARES: readonly (readonly [weight: number, steps: readonly Weighted[]])[] = [
  [8, HOST_STEPS],
  [8, TIME_STEPS],
  [5, HIGHLEVEL_STEPS],
  [6, MACHINE_STEPS],
  [1, CUSTOMER_STEPS],
];

/** The steps of a history. */
export const steps = (replayPath: string | null): fc.Arbitrary<Iterable<fc.AsyncCommand<World, World, true>>> =>
  fc.commands([fc.oneof(...SHARES.map(([weight, steps]) => ({ weight, arbitrary: fc.oneof(...steps) })))], {
    maxCommands: MAX_STEPS,
    size: 'max',
    ...(replayPath !== null && { replayPath }),
  });
