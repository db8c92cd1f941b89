import type { JobItem, JobOutcome, JobProgress, JobState, JobWay } from './job-types.js';

/** So many installations are worked on as one piece, by one process. */
export const CHUNK_SIZE = 100;

/** Companies come before their locations. */
export type Phase = 0 | 1;

/** A recovery job, as it is stored. Moments are ms since the epoch. */
export interface Job {
  readonly id: string;
  readonly state: JobState;
  readonly way: JobWay;
  readonly selection: string;
  readonly callsPerSecond: number | null;
  readonly inFlight: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly reason: string | null;
  /** `null` while they are being listed. */
  readonly total: number | null;
  /** The pieces whose outcomes are in {@link outcomes}: of each phase all before a number, and those beyond it by their names. */
  readonly counted: { readonly before: readonly [number, number]; readonly beyond: readonly string[] };
  readonly outcomes: Readonly<Partial<Record<JobOutcome, number>>>;
}

/** One entry of a piece: an installation, or why it is none. */
export type Entry =
  | { readonly locationId: string; readonly companyId?: string | undefined; readonly clientId?: string | undefined }
  | { readonly companyId: string; readonly locationId?: never; readonly clientId?: string | undefined }
  | { readonly not: 'invalid' | 'duplicate'; readonly text: string };

/** A piece of a job. */
export interface Chunk {
  readonly entries: readonly Entry[];
  /** Who works on it. Runs out when an observer has seen the same version for a whole time to live. */
  readonly holder: string | null;
  readonly isDone: boolean;
}

export type Outcomes = Readonly<Partial<Record<JobOutcome, number>>>;

export const isEnded = ({ state }: Pick<Job, 'state'>): boolean => state === 'done' || state === 'cancelled';

export const newJob = (
  id: string,
  given: Pick<Job, 'way' | 'selection' | 'callsPerSecond' | 'inFlight'>,
  now: number,
): Job => ({
  ...given,
  id,
  state: 'planning',
  createdAt: now,
  endedAt: null,
  reason: null,
  total: null,
  counted: { before: [0, 0], beyond: [] },
  outcomes: {},
});

export const sumOf = (one: Outcomes, other: Outcomes): Outcomes => {
  const sum: Partial<Record<JobOutcome, number>> = { ...one };
  for (const [name, count] of Object.entries(other) as [JobOutcome, number][]) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};

export const outcomesOf = (items: readonly Pick<JobItem, 'outcome'>[]): Outcomes => {
  const counts: Partial<Record<JobOutcome, number>> = {};
  for (const { outcome } of items) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

/** The name of a piece. Pieces are worked on in the order of their names. */
export const chunkName = (phase: Phase, index: number): string => `${phase}-${String(index).padStart(6, '0')}`;

export const phaseOf = (chunk: string): Phase => (chunk.startsWith('0') ? 0 : 1);

/** Takes a piece into the job's sum; once, however often it is done. */
export function counting(job: Job, chunk: string, outcomes: Outcomes): Job {
  const { before, beyond } = job.counted;
  const phase = phaseOf(chunk);
  if (Number(chunk.slice(2)) < before[phase] || beyond.includes(chunk)) return job;
  const left = new Set([...beyond, chunk]);
  const next: [number, number] = [before[0], before[1]];
  while (left.delete(chunkName(phase, next[phase]))) next[phase] += 1;
  return { ...job, counted: { before: next, beyond: [...left] }, outcomes: sumOf(job.outcomes, outcomes) };
}

export const progressOf = (job: Job, more: Outcomes = {}): JobProgress => {
  const outcomes = sumOf(job.outcomes, more);
  return {
    id: job.id,
    state: job.state,
    way: job.way,
    selection: job.selection,
    total: job.total,
    done: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    reason: job.reason,
    createdAt: new Date(job.createdAt),
    endedAt: job.endedAt === null ? null : new Date(job.endedAt),
  };
};
