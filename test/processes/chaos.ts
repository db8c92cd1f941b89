import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.js';
import { runChaos } from './support/run.js';
import { WORLDS } from './support/world.js';

// `npm run test:chaos`: kills processes of a fleet for a long time, and reports. Ends with 0 only if no rule was broken.

const HELP = `npm run test:chaos -- [--seed TEXT] [--kills N] [--minutes N] [--world with|without] [--keep FOLDER]

  --seed     repeats the plan of faults and the load of another run
  --kills    of processes, in each world (default 100)
  --minutes  the same as a time: a kill every two seconds
  --world    only with Reconnect, or only without (default both)
  --keep     writes there what HighLevel saw, what was stored, and what the processes logged`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    world: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const seed = values.seed ?? process.env['CHAOS_SEED'] ?? randomBytes(4).toString('hex');
const kills = values.minutes === undefined ? Number(values.kills ?? 100) : Math.round(Number(values.minutes) * 30);
const worlds = WORLDS.filter((world) => values.world === undefined || world === `${values.world} Reconnect`);

if (values.help || worlds.length === 0 || !(kills > 0)) console.log(HELP);
else await run();

async function run(): Promise<void> {
  console.log(`Seed ${seed}: ${kills} kills ${worlds.join(', then ')}`);
  const postgres = await startPostgres();
  try {
    for (const world of worlds) {
      let told = 0;
      const onProgress = (text: string): void => {
        if (Date.now() - told < 10_000) return;
        told = Date.now();
        console.log(`  ${world}: ${text}`);
      };
      const outcome = await runChaos({ seed, world, kills, postgres, keepIn: values.keep, onProgress });
      console.log(`\n${outcome.report}\n`);
      if (outcome.violations.length > 0) process.exitCode = 1;
    }
  } finally {
    await postgres.stop();
  }
}
