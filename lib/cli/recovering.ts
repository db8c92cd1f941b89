import type { Command } from 'commander';
import { readCount, readRate, selecting } from './arguments.js';
import { jobs, reportJob, resumeJob, showJob, stopJob, ticket } from './commands/jobs.js';
import { reconnect } from './commands/reconnect.js';
import { recover, type RecoverOptions } from './commands/recover.js';
import { isSelection, type SelectionOptions } from './commands/selecting.js';
import { verify } from './commands/verify.js';
import type { CommandContext } from './context.js';
import type { ExitCode } from './exit-codes.js';
import type { Take } from './taking.js';
import { readRef } from './words.js';

/** One that is named, or `null` where a job is asked for. */
const single = (words: readonly string[], options: SelectionOptions) =>
  words.length === 1 && !isSelection(options) ? readRef(words[0] as string, options.company) : null;

const limiting = (command: Command): Command =>
  command
    .option('--calls-per-second <number>', 'of all processes together, in place of finding out', readRate)
    .option('--in-flight <number>', 'installations at a time, of all processes together', readCount);

/** Commands that look after one installation or many, and the jobs that do that. */
export function addRecovering(program: Command, take: Take): void {
  limiting(selecting(program.command('verify [installation...]')))
    .description('ask HighLevel whether access tokens live; changes nothing')
    .action((words: string[], options: RecoverOptions, command: Command) => {
      const ref = single(words, options);
      take(command.optsWithGlobals(), (context) =>
        ref === null ? recover(context, words, options, 'dry-run') : verify(context, ref),
      );
    });
  limiting(selecting(program.command('reconnect [installation...]')))
    .description("HighLevel's Reconnect API, on purpose")
    .option('--client-id <id>', 'the client id that one installation was made with')
    .option('--expect <number>', 'so many are selected, or nothing is done', readCount)
    .action((words: string[], options: RecoverOptions & { clientId?: string }, command: Command) => {
      const ref = single(words, options);
      const { clientId } = options;
      take(command.optsWithGlobals(), (context) =>
        ref === null
          ? recover(context, words, options, 'reconnect')
          : reconnect(context, ref, { ...(clientId !== undefined && { clientId }) }),
      );
    });
  limiting(selecting(program.command('recover [installation...]')))
    .description('verify installations, and recover those whose credential is dead: a job')
    .option('--dry-run', 'say what would be done')
    .action((words: string[], options: RecoverOptions, command: Command) =>
      take(command.optsWithGlobals(), (context) => recover(context, words, options)),
    );
  addJobs(program.command('jobs').description('recovery jobs'), take);
  onJob(program, 'ticket', "the text of a ticket for HighLevel's support", ticket, take);
}

function addJobs(program: Command, take: Take): void {
  program
    .command('list', { isDefault: true })
    .description('all of the last 30 days')
    .action((_, command: Command) => take(command.optsWithGlobals(), jobs));
  onJob(program, 'show', 'how far it is', showJob, take);
  onJob(program, 'report', 'what became of each installation', reportJob, take);
  onJob(program, 'resume', 'go on with it, here too', resumeJob, take);
  onJob(program, 'pause', 'stop it on every instance', (context, id) => stopJob(context, id, 'pause'), take);
  onJob(program, 'cancel', 'end it on every instance', (context, id) => stopJob(context, id, 'cancel'), take);
}

const onJob = (
  program: Command,
  name: string,
  description: string,
  work: (context: CommandContext, id: string) => Promise<ExitCode>,
  take: Take,
): Command =>
  program
    .command(`${name} <job>`)
    .description(description)
    .action((id: string, _, command: Command) => take(command.optsWithGlobals(), (context) => work(context, id)));
