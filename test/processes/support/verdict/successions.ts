import type { StoredState } from '../store-history.js';
import type { Case } from './evidence.js';

/** A lease whose holder had ended, until somebody else wrote the record. */
export interface Succession {
  readonly key: string;
  readonly endedAt: number;
  readonly afterMs: number;
}

/** How long the records of processes that ended in the middle of something waited for the next one. */
export function successionsIn(the: Case): readonly Succession[] {
  const ends = new Map(the.evidence.processes.map(({ name, endedAt }) => [name, endedAt]));
  return the.keys.flatMap((key) => {
    const states = the.statesOf(key);
    return states.flatMap(({ by, at, installation }, n): Succession[] => {
      const next: StoredState | undefined = states[n + 1];
      const endedAt = ends.get(by) ?? Number.POSITIVE_INFINITY;
      if (installation.lease === null || next === undefined || next.at < endedAt) return [];
      return [{ key, endedAt, afterMs: next.at - Math.max(endedAt, at) }];
    });
  });
}
