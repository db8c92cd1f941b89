import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { runChaos } from './support/run.js';
import { WORLDS } from './support/world.js';

/** The plan of faults and the load derive from it; `npm run test:chaos` takes the same, and goes on for longer. */
const seed = process.env['CHAOS_SEED'] ?? '20261103';

/** A busy machine does not carry out the whole plan in this time. */
const LIMIT_MS = 16_000;

describe('four processes of the sample on one PostgreSQL, all of which fail again and again', () => {
  let postgres: TestPostgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterAll(() => postgres.stop());

  it.each(WORLDS)(
    `break no rule, and lose nothing that could be kept (%s, seed ${seed})`,
    async (world) => {
      const outcome = await runChaos({ seed, world, postgres, kills: 8, limitMs: LIMIT_MS });
      if (outcome.violations.length > 0) throw new Error(`A rule was broken\n${outcome.report}`);
      expect(outcome.kills).toBeGreaterThanOrEqual(3);
      expect(outcome.rotations).toBeGreaterThanOrEqual(10);
    },
    180_000,
  );
});
