import type { PauseScope } from '../../decision/pause.js';
import type { PauseStatus } from '../../services/reconnect.service.js';
import type { CommandContext } from '../context.js';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.js';
import { momentOf, readDuration, readMoment } from '../words.js';

/** How long a pause lasts, and why. */
export interface PauseOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly for?: string;
}

/** Stops recovery on every instance. Asks nothing: it is the brake, and `resume` takes it off. */
export async function pause(context: CommandContext, scope: PauseScope, options: PauseOptions): Promise<ExitCode> {
  const { reconnects, engine } = context;
  const { reason } = options;
  if (options.until !== undefined && options.for !== undefined)
    throw new CommandError('Pass --until or --for, not both.', EXIT.usage);
  const until =
    options.for === undefined
      ? options.until && readMoment(options.until)
      : new Date(engine.clock.now() + readDuration(options.for));
  await reconnects.pause(scope, { ...(reason !== undefined && { reason }), ...(until && { until }) });
  await showPauses(context);
  return EXIT.ok;
}

/** Ends a pause on every instance, or all of them. */
export async function resume(context: CommandContext, scope: PauseScope | undefined): Promise<ExitCode> {
  await context.reconnects.resume(scope);
  await showPauses(context);
  return EXIT.ok;
}

async function showPauses({ reconnects, engine, out }: CommandContext): Promise<void> {
  const pauses = await reconnects.pauses();
  if (pauses.length === 0) return out.facts([['paused', 'nothing']], { pauses });
  await out.facts(
    pauses.map((pause) => ['paused', wordsOf(pause, engine.clock.now())] as const),
    { pauses },
  );
}

/** A pause, for people. */
export const wordsOf = ({ scope, since, until, reason }: PauseStatus, now: number): string =>
  [
    `${scope} since ${momentOf(since, now)}`,
    until === null ? 'until ghl-auth resume' : `until ${momentOf(until, now)}`,
    ...(reason === null ? [] : [reason]),
  ].join(', ');
