import type { StoredState } from '../store-history.js';
import { TIMES } from '../times.js';
import type { Case } from './evidence.js';

/** Between the clocks of a process and of PostgreSQL. */
const LEASE_SLACK_MS = 25;

/** What must hold of every record, from state to state. */
export function judgeRecords(the: Case): string[] {
  return the.keys.flatMap((key) => {
    const states = the.statesOf(key);
    return [...neverBackwards(the, key, states), ...leasesKept(the, key, states), ...ownTokens(the, key, states)];
  });
}

/** A credential that was replaced never comes back, nor does a refresh token: so that of each at most one successor is stored. */
function neverBackwards(the: Case, key: string, states: readonly StoredState[]): string[] {
  const found: string[] = [];
  const gone = new Set<string>();
  let credential: string | null = null;
  let token: string | null = null;
  for (const { installation, by, at } of states) {
    const nextCredential: string | null = installation.credential?.id ?? null;
    const nextToken = the.refreshIdOf(installation);
    for (const next of [nextCredential, nextToken])
      if (next !== null && gone.has(next)) found.push(`${key}: ${by} brought ${next} back at ${the.moment(at)}`);
    if (credential !== null && credential !== nextCredential) gone.add(credential);
    if (token !== null && token !== nextToken) gone.add(token);
    [credential, token] = [nextCredential, nextToken];
  }
  return found;
}

/** A lease that is another's is taken only when the record has not changed for a whole time to live. */
function leasesKept(the: Case, key: string, states: readonly StoredState[]): string[] {
  const owners = new Map<string, string>();
  return states.flatMap(({ installation: { lease }, by, at }, n) => {
    if (lease !== null && !owners.has(lease.id)) owners.set(lease.id, by);
    const before = states[n - 1];
    const held = before?.installation.lease ?? null;
    if (before === undefined || held === null || lease === null || held.id === lease.id) return [];
    const ageMs = at - before.at;
    if (owners.get(held.id) === by || ageMs >= TIMES.leaseTtlMs - LEASE_SLACK_MS) return [];
    return [`${key}: ${by} took over a lease at ${the.moment(at)} that was ${Math.round(ageMs)} ms old`];
  });
}

/** Nothing but the tokens of a place is stored for it. */
function ownTokens(the: Case, key: string, states: readonly StoredState[]): string[] {
  const { simulator } = the.evidence.highLevel;
  return states.flatMap(({ installation: { credential }, by, at }, n) => {
    if (credential === null || credential.id === states[n - 1]?.installation.credential?.id) return [];
    const tokens = [credential.accessToken, ...(credential.refreshToken === null ? [] : [credential.refreshToken])];
    const isRight = tokens.every((token) => the.keyOf(simulator.describeToken(token)?.place) === key);
    return isRight ? [] : [`${key}: ${by} stored a token of another place at ${the.moment(at)}`];
  });
}
