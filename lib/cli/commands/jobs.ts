import type { JobItem, JobProgress } from '../../jobs/job-types.js';
import type { RecoveryJob } from '../../jobs/recovery-job.js';
import type { CommandContext } from '../context.js';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.js';
import type { Column } from '../output.js';
import { nameOf } from '../words.js';
import { exitCodeOfJob, summaryOf, watch } from './job-progress.js';

const JOBS: readonly Column<JobProgress>[] = [
  { title: 'JOB', width: 20, of: ({ id }) => id },
  { title: 'STATE', width: 9, of: ({ state }) => state },
  { title: 'WAY', width: 9, of: ({ way }) => way },
  { title: 'DONE', width: 16, of: ({ done, total }) => `${done} of ${total ?? '?'}` },
  { title: 'ABOUT', width: 0, of: ({ selection }) => selection },
];

const ITEMS: readonly Column<JobItem>[] = [
  {
    title: 'INSTALLATION',
    width: 30,
    of: ({ installation, text }) => (installation ? nameOf(installation) : (text ?? null)),
  },
  { title: 'OUTCOME', width: 21, of: ({ outcome }) => outcome },
  { title: 'RUNG', width: 9, of: ({ rung }) => rung },
  { title: 'MS', width: 6, of: ({ ms }) => String(ms) },
  { title: 'REASON', width: 26, of: ({ code }) => code },
  { title: 'TRACE ID', width: 36, of: ({ traceId }) => traceId },
];

/** Every recovery job of the last 30 days, oldest first. */
export async function jobs({ reconnects, out }: CommandContext): Promise<ExitCode> {
  const write = out.table(JOBS, (progress) => progress);
  const all = await reconnects.jobs();
  for (const progress of all) await write(progress);
  if (all.length === 0) out.note('There is no recovery job.');
  return all.length === 0 ? EXIT.nothing : EXIT.ok;
}

/** How far a job is. */
export async function showJob(context: CommandContext, id: string): Promise<ExitCode> {
  const progress = await (await jobAt(context, id)).progress();
  await context.out.facts(summaryOf(progress), progress);
  return EXIT.ok;
}

/** What became of each installation of a job. */
export async function reportJob(context: CommandContext, id: string): Promise<ExitCode> {
  const { out, signal } = context;
  const report = await (await jobAt(context, id)).report();
  const write = out.table(ITEMS, (item) => item);
  for await (const item of report.items()) {
    if (signal.aborted) break;
    await write(item);
  }
  return EXIT.ok;
}

/** Goes on with a job, here too, and shows how far it is. */
export async function resumeJob(context: CommandContext, id: string): Promise<ExitCode> {
  const job = await jobAt(context, id);
  await job.resume();
  await context.engine.joinJobs();
  const progress = await watch(context, job);
  await context.out.facts(summaryOf(progress), progress);
  return exitCodeOfJob(progress, progress.way === 'dry-run');
}

/** Stops a job on every instance, to go on with it later or not at all. */
export async function stopJob(context: CommandContext, id: string, how: 'pause' | 'cancel'): Promise<ExitCode> {
  const job = await jobAt(context, id);
  await (how === 'pause' ? job.pause('by ghl-auth jobs pause') : job.cancel());
  return showJob(context, id);
}

/** The text of a ticket for HighLevel's support. */
export async function ticket(context: CommandContext, id: string): Promise<ExitCode> {
  const report = await (await jobAt(context, id)).report();
  await context.out.text(await report.ticket());
  return EXIT.ok;
}

async function jobAt({ reconnects }: CommandContext, id: string): Promise<RecoveryJob> {
  const job = await reconnects.job(id);
  if (job === null) throw new CommandError(`There is no recovery job ${id}; ghl-auth jobs shows them.`, EXIT.nothing);
  return job;
}
