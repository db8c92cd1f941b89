import { RepositoryContractError } from './repository-contract-error.js';
import type { StepLog } from './step-log.js';

/** Gives up on a case that has not ended in time, and says which calls have no answer. */
export async function withinTimeLimit(run: Promise<void>, timeLimitMs: number, log: StepLog): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeLimitError(timeLimitMs, log)), timeLimitMs);
  });
  try {
    await Promise.race([run, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function timeLimitError(timeLimitMs: number, log: StepLog): RepositoryContractError {
  const pending = log.pending();
  const problem =
    pending.length > 0
      ? `No answer within ${timeLimitMs} ms: ${pending.slice(0, 3).join('; ')}${pending.length > 3 ? ` and ${pending.length - 3} more` : ''}.`
      : `The case took longer than ${timeLimitMs} ms.`;
  return new RepositoryContractError(problem, pending.length > 0 ? HANGING : SLOW, log.lines());
}

const HANGING =
  'Let every call settle. Usual causes: a call that takes a second connection of the pool while it holds one, a lock that is ' +
  'held by an open transaction, a connection that is not released after an error, a pool without `connectionTimeoutMillis`.';
const SLOW = 'Look at the indexes, or, for a store that is far away, raise `timeLimitMs`.';
