import { randomInt } from 'node:crypto';
import { configInvalid } from '../config/config-problem.js';
import { isId } from '../installation/installation-ref.js';
import type { Settings } from '../config/settings.js';
import type { Job } from './job.js';
import type { JobSelection, RecoveryJobOptions } from './job-types.js';

const WAYS: readonly string[] = ['verify', 'reconnect', 'dry-run'];
const SOURCES: readonly unknown[] = [undefined, 'store', 'ids', 'directory', 'company'];

/** The options of a job, complete. @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming everything that is wrong */
export function checkOptions(
  selection: JobSelection,
  { way = 'verify', callsPerSecond, inFlight = 50, expect }: RecoveryJobOptions,
): Pick<Job, 'way' | 'callsPerSecond' | 'inFlight'> {
  const { from, limit } = selection;
  const companyId = 'companyId' in selection ? selection.companyId : undefined;
  const problems = [
    !SOURCES.includes(from) && 'from is one of store, ids, directory, company',
    !WAYS.includes(way) && `way is one of ${WAYS.join(', ')}`,
    callsPerSecond !== undefined && !(callsPerSecond > 0) && 'callsPerSecond is a number above 0',
    !(Number.isSafeInteger(inFlight) && inFlight >= 1) && 'inFlight is a whole number from 1',
    limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1) && 'limit is a whole number from 1',
    companyId !== undefined && !isId(companyId) && 'companyId is malformed',
    from === 'company' && companyId === undefined && 'from: "company" needs companyId',
    way === 'reconnect' &&
      expect === undefined &&
      'way: "reconnect" needs expect, how many installations are selected: what becomes of their present tokens is unknown',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw configInvalid(problems.map((problem) => `a recovery job: ${problem}`));
  return { way, callsPerSecond: callsPerSecond ?? null, inFlight };
}

/** Sorts by time, and can be typed. */
export const jobId = (now: number): string => {
  const moment = new Date(now).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const tail = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${moment.slice(0, 8)}-${moment.slice(8)}-${tail}`;
};

/** Reconnect can be forced only where it is switched on. @throws {GhlAuthError} `GHL_CONFIG_INVALID` */
export function assertReconnect({ rungs }: Pick<Settings, 'rungs'>): void {
  if (!rungs.reconnect)
    throw configInvalid(['way: "reconnect" needs reconnect.enabled (GHL_AUTH_RECONNECT_ENABLED) to be true']);
}
