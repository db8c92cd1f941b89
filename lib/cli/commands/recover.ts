import type { JobWay, RecoveryJobOptions } from '../../jobs/job-types.js';
import type { CommandContext } from '../context.js';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.js';
import { exitCodeOfJob, summaryOf, watch } from './job-progress.js';
import { select, type Selected, type SelectionOptions } from './selecting.js';

/** How a recovery job is run. */
export interface RecoverOptions extends SelectionOptions {
  readonly dryRun?: boolean;
  readonly callsPerSecond?: number;
  readonly inFlight?: number;
  readonly expect?: number;
}

/** A recovery job over what is selected; several terminals and the application work on it together. */
export async function recover(
  context: CommandContext,
  ids: readonly string[],
  options: RecoverOptions,
  way: JobWay = options.dryRun ? 'dry-run' : 'verify',
): Promise<ExitCode> {
  const { out, reconnects, signal } = context;
  const chosen = await select(context, ids, options);
  if (chosen.count === 0) {
    out.note(`Nothing matches: ${chosen.words}.`);
    return EXIT.nothing;
  }
  const expect = await consent(context, chosen, way, options.expect);
  const { callsPerSecond, inFlight } = options;
  const given: RecoveryJobOptions = {
    way,
    ...(callsPerSecond !== undefined && { callsPerSecond }),
    ...(inFlight !== undefined && { inFlight }),
    ...(expect !== undefined && { expect }),
  };
  const job = await reconnects.startJob(chosen.selection, given);
  const progress = await watch(context, job);
  await out.facts(summaryOf(progress), progress);
  const code = exitCodeOfJob(progress, options.dryRun);
  if (signal.aborted)
    out.note(`Not over: ghl-auth jobs resume ${job.id} goes on; ghl-auth jobs cancel ${job.id} ends it.`);
  else if (code !== EXIT.ok) out.note(`See ghl-auth jobs report ${job.id}, and ghl-auth ticket ${job.id}.`);
  return code;
}

/** What asks nobody: a look, and what is about one installation. @returns what the job has to be about */
async function consent(
  { ask }: CommandContext,
  { count, words }: Selected,
  way: JobWay,
  expect: number | undefined,
): Promise<number | undefined> {
  const many = `${words}: ${count ?? 'as many as HighLevel names'}`;
  if (way === 'reconnect') {
    if (expect !== undefined) return expect;
    if (count === null) throw new CommandError('Pass --expect with the number of installations.', EXIT.usage);
    await ask.number(`${many}. Each gets new tokens; what becomes of the older ones is not documented.`, count);
    return count;
  }
  if (way === 'verify' && count !== 1) await ask.confirm(`${many}. Verify and recover them?`);
  return undefined;
}
