import { Command, CommanderError } from 'commander';
import type { Readable, Writable } from 'node:stream';
import { PAUSE_SCOPES, type PauseScope } from '../decision/pause.js';
import { openApplication } from './application.js';
import { company, selectingByRecord } from './arguments.js';
import { askerOn } from './ask.js';
import { commandLogger } from './command-logger.js';
import { doctor } from './commands/doctor.js';
import { drill, type DrillOptions } from './commands/drill.js';
import { list, type ListOptions } from './commands/list.js';
import { pause, resume, type PauseOptions } from './commands/pause.js';
import { show } from './commands/show.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { readHostConfig } from './host-config.js';
import { Output } from './output.js';
import { addRecovering } from './recovering.js';
import type { Take, Work, GlobalOptions } from './taking.js';
import { explain, readRef } from './words.js';

/** What the command stands on: the process, or what a test has in its place. */
export interface CommandProcess {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable;
  readonly cwd: string;
  readonly version: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs the command that the arguments name. @returns what the process ends with */
export async function runCommand(args: readonly string[], process: CommandProcess): Promise<ExitCode> {
  let asked: { readonly options: GlobalOptions; readonly work: Work } | null = null;
  const program = programOn(process, (options, work) => (asked = { options, work }));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`${explain(error)}\n`);
    return exitCodeOf(error);
  }
  const { options, work } = asked as unknown as { readonly options: GlobalOptions; readonly work: Work };
  return carryOut(work, options, process);
}

/** Puts the host's application together, does the work on it, and closes it, whatever came of the work. */
async function carryOut(work: Work, options: GlobalOptions, process: CommandProcess): Promise<ExitCode> {
  const { stdin, stdout, stderr, cwd, signal } = process;
  const out = new Output(stdout, stderr, options.json);
  const logger = commandLogger(out, options.verbose === true);
  const ask = askerOn(process, { yes: options.yes === true, signal });
  try {
    const host = await readHostConfig(cwd, options.config);
    try {
      const application = await openApplication(host.options, logger);
      try {
        const code = await work({ ...application, out, ask, stdin, signal });
        return signal.aborted ? EXIT.interrupted : code;
      } finally {
        await application.close();
      }
    } finally {
      await host.close();
    }
  } catch (error) {
    if (!signal.aborted) out.note(explain(error));
    return signal.aborted ? EXIT.interrupted : exitCodeOf(error);
  }
}

function programOn({ stdout, stderr, version }: CommandProcess, take: Take): Command {
  const program = new Command('ghl-auth')
    .description('Looks after the HighLevel installations of a backend with nestjs-ghl-auth.')
    .version(version)
    .option('-c, --config <file>', "the host's file", undefined)
    .option('--json', 'JSON, or for lists a line of JSON each')
    .option('--verbose', 'log everything, to standard error')
    .option('-y, --yes', 'answer yes to every question')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError('See ghl-auth --help.')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES);
  addReading(program, take);
  addActing(program, take);
  addRecovering(program, take);
  return program;
}

const EXIT_CODES = `
An installation is named as location:ID, company:ID or ID (a location).
Ends with 0 all well, 1 failure, 2 usage, 3 not recovered, 4 nothing matched, 5 paused.`;

/** Commands that change nothing. */
function addReading(program: Command, take: Take): void {
  selectingByRecord(program.command('list'))
    .description('what the store knows')
    .option('--one-way-back', 'only what dies at its next loss: no more than its refresh token is left')
    .action((_, command: Command) =>
      take(command.optsWithGlobals(), (context) => list(context, command.opts<ListOptions>())),
    );
  program
    .command('show <installation>')
    .description('one installation: what happened, when, why, what comes next')
    .addOption(company())
    .action((word: string, { company: parent }: { company?: string }, command: Command) => {
      const ref = readRef(word, parent);
      take(command.optsWithGlobals(), (context) => show(context, ref));
    });
  program
    .command('doctor')
    .description('look at everything that recovery stands on')
    .action((_, command: Command) => take(command.optsWithGlobals(), doctor));
}

/** Commands that change something. */
function addActing(program: Command, take: Take): void {
  program
    .command('pause [scope]')
    .description(`stop recovery on every instance: ${PAUSE_SCOPES.join(', ')} (all)`)
    .option('--reason <text>', 'shown in errors and logs')
    .option('--until <moment>', 'ends by itself then, such as 2026-11-25T10:00:00Z')
    .option('--for <duration>', 'ends by itself after it, such as 30m')
    .action((scope: PauseScope = 'all', options: PauseOptions, command: Command) =>
      take(command.optsWithGlobals(), (context) => pause(context, scope, options)),
    );
  program
    .command('resume [scope]')
    .description('end a pause, or all of them')
    .action((scope: PauseScope | undefined, _, command: Command) =>
      take(command.optsWithGlobals(), (context) => resume(context, scope)),
    );
  program
    .command('drill <location>')
    .description('on a test location: a call that fails, the recovery, the call again')
    .addOption(company())
    .option('--reconnect', 'recover by Reconnect, as if the refresh token were lost too')
    .action((word: string, options: DrillOptions & { company?: string }, command: Command) => {
      const ref = readRef(word, options.company);
      take(command.optsWithGlobals(), (context) => drill(context, ref, options));
    });
}
