import { Randomness } from '../../../lib/testing/simulator/randomness.js';

/** Chance that repeats for a seed. */
export class Dice {
  private readonly random: Randomness;

  constructor(seed: string) {
    this.random = new Randomness(seed);
  }

  /** A whole number from `min` up to `max`. */
  between(min: number, max: number): number {
    return min + (this.random.uint32() % (max - min + 1));
  }

  chance(share: number): boolean {
    return this.random.uint32() / 2 ** 32 < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)] as T;
  }
}
