import type { AsyncCommand } from 'fast-check';
import type { World } from '../world.js';

/** One thing that happens in a history: a command of fast-check's. The world is its own model. */
export class Step implements AsyncCommand<World, World, true> {
  constructor(
    /** Under which it is counted. */
    readonly name: string,
    private readonly parts: {
      /** In words, for the story. */
      readonly says: (world: World) => string;
      /** Whether it can happen now. */
      readonly when?: (world: World) => boolean;
      /** Does it, without waiting for what it begins. */
      readonly does: (world: World) => void | Promise<void>;
    },
  ) {}

  async check(world: Readonly<World>): Promise<boolean> {
    return this.parts.when?.(world as World) ?? true;
  }

  async run(world: World): Promise<void> {
    const { chronicle, clock, fleet, steps } = world;
    fleet.replaceEnded();
    steps.push({ tick: chronicle.tick(), at: clock.monotonic(), name: this.name, text: this.parts.says(world) });
    await this.parts.does(world);
  }

  toString(): string {
    return this.name;
  }
}
