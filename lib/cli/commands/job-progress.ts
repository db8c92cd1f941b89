import type { JobOutcome, JobProgress } from '../../jobs/job-types.js';
import type { RecoveryJob } from '../../jobs/recovery-job.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Fact } from '../output.js';
import { inWords } from '../words.js';

const LOOK_MS = 500;
/** In a pipe: nobody wants a line for each half second in a log. */
const TELL_MS = 10_000;
const BAR = 24;

/** Shows how far a job is until it ends, is paused, or Ctrl-C comes. */
export async function watch({ engine, out, signal }: CommandContext, job: RecoveryJob): Promise<JobProgress> {
  const { clock } = engine;
  const began = clock.monotonic();
  const first = await job.progress();
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    const progress = await job.progress();
    const isOver = ['done', 'cancelled', 'paused'].includes(progress.state) || signal.aborted;
    const now = clock.monotonic();
    if (out.isProgressDrawn || (!isOver && now - told >= TELL_MS)) {
      out.progress(barOf(progress, (1_000 * (progress.done - first.done)) / Math.max(1, now - began)), isOver);
      told = now;
    }
    if (isOver) return progress;
    await clock.sleep(LOOK_MS, { signal });
  }
}

const countsOf = ({ outcomes }: JobProgress): string =>
  Object.entries(outcomes)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

function barOf(progress: JobProgress, perSecond: number): string {
  const { total, done, state } = progress;
  if (total === null) return `${state} …`;
  const share = total === 0 ? 1 : done / total;
  const bar = '#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.');
  const left = perSecond > 0 && state === 'running' ? `, ${inWords((1_000 * (total - done)) / perSecond)} left` : '';
  return `[${bar}] ${done} of ${total}, ${perSecond.toFixed(1)}/s${left}: ${countsOf(progress)}`;
}

/** What a job has come to, for people. */
export const summaryOf = (progress: JobProgress): readonly Fact[] => [
  ['job', progress.id],
  ['about', progress.selection],
  ['way', progress.way],
  ['state', progress.reason === null ? progress.state : `${progress.state}: ${progress.reason}`],
  ['done', `${progress.done} of ${progress.total ?? '?'}`],
  ...Object.entries(progress.outcomes).map(([name, count]) => [name, String(count)] as const),
];

const WELL: ReadonlySet<string> = new Set<JobOutcome>(['healthy', 'recovered', 'duplicate']);

/** What a command ends with because of how a job stands. @param isLook `would_try` is an answer, and nothing that failed */
export function exitCodeOfJob({ state, total, outcomes }: JobProgress, isLook = false): ExitCode {
  if (state === 'paused') return EXIT.paused;
  if (state !== 'done') return EXIT.failure;
  if (total === 0) return EXIT.nothing;
  const isWell = (name: string): boolean => WELL.has(name) || (isLook && name === 'would_try');
  return Object.keys(outcomes).every(isWell) ? EXIT.ok : EXIT.notRecovered;
}
