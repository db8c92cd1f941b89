import type { BackendProcess } from '../backend-process.js';
import { PATIENCE_MS } from '../load.js';
import { TIMES } from '../times.js';
import type { Case } from './evidence.js';

/** What the backend may answer a customer: what was asked for, or whose turn it is; and that HighLevel is in trouble. */
const ANSWERS: ReadonlySet<number> = new Set([200, 409, 502, 503]);

/** What must hold for the host and its customers. */
export function judgeHost(the: Case): string[] {
  return [...judgeProcesses(the), ...judgeTelling(the), ...judgeAnswers(the)];
}

function judgeProcesses(the: Case): string[] {
  const { processes } = the.evidence;
  const alone = processes.filter(({ end }) => end === 'alone');
  const overdue = processes.filter(({ isOverdue }) => isOverdue);
  const said = ({ lines }: BackendProcess): string => lines.slice(-5).join(' | ');
  return [
    ...alone.map((one) => `${one.name} ended by itself at ${the.moment(one.endedAt)}: ${said(one)}`),
    ...overdue.map((one) => `${one.name} did not shut down within its limit: ${said(one)}`),
  ];
}

/** Every change of state was told, and what the host believes is so. */
function judgeTelling(the: Case): string[] {
  const { history, told, connections } = the.evidence;
  const changes = new Set(history.flatMap(({ installation }) => installation.untold.map(({ id }) => id)));
  const untold = [...changes].filter((id) => !told.has(id));
  const believed = the.keys.flatMap((key) => {
    const { state } = the.statesOf(key).at(-1)?.installation ?? {};
    const place = key.split('/').slice(2).join(':');
    const noted = connections.get(place);
    return noted === state ? [] : [`${key}: the host believes it is ${noted}, and it is ${state}`];
  });
  return [...(untold.length > 0 ? [`${untold.length} changes of state were never told`] : []), ...believed];
}

function judgeAnswers(the: Case): string[] {
  return the.evidence.calls.flatMap(({ status, error, locationId, process, from, to }) => {
    const what = `${process} for ${locationId} at ${the.moment(from)}`;
    if (status !== null) return ANSWERS.has(status) ? [] : [`${what}: answered ${status} ${error ?? ''}`];
    const member = the.evidence.processes.find(({ name }) => name === process);
    const isExcused = member === undefined || member.endedAt <= to + 1_000 || the.wasStopped(member, from, to);
    const late = to - from >= PATIENCE_MS ? `within ${PATIENCE_MS} ms` : 'and the connection broke';
    return isExcused ? [] : [`${what}: no answer ${late} (it waits ${TIMES.tokenWaitMs} ms for a token)`];
  });
}
