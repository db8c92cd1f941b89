import { Case, type Evidence } from './verdict/evidence.js';
import type { Verdict } from './verdict/index.js';
import { stretchesGivenUp } from './verdict/given-up.js';
import type { Loss } from './verdict/losses.js';
import { successionsIn } from './verdict/successions.js';

/** A run in figures, for people. */
export function report(seed: string, evidence: Evidence, { violations, losses }: Verdict): string {
  const { chronicle, highLevel, world, began, ended } = evidence;
  const { ledger } = highLevel;
  const refreshes = ledger.refreshes();
  const count = (what: string): number => chronicle.countOf(what);
  const lines: readonly (readonly [string, string])[] = [
    ['seed', seed],
    ['time', `${Math.round((ended - began) / 1_000)} s`],
    ['processes', `${evidence.processes.length}, four at a time`],
    ['kills', `${count('kill')} (${count('kill: at a rotation')} of them during a rotation)`],
    ['stops', `${count('stop')}`],
    ['deployments', `${count('deployment')}`],
    ['PostgreSQL', `${count('postgres: restart')} restarts, ${count('postgres: crash')} crashes`],
    ['emergency sink', evidence.hasSink ? 'a folder that all share' : 'fails all the time'],
    ['connections to it', listOf(chronicle.countsUnder('cut: '))],
    ['faults of HighLevel', listOf(chronicle.countsUnder('fault: '))],
    ['requests', listOf(byStatus(evidence))],
    [
      'rotations',
      `${ledger.rotations().length} (${ledger.graceRepeats().length} repeated in the grace, ${refreshes.filter(({ outcome }) => outcome === 'refused').length} refused)`,
    ],
    ['recoveries by rung', listOf(recoveries(evidence))],
    ['leases of the dead', successionText(evidence)],
    ['changes told', `${evidence.told.size}`],
    ['given up for a while', `${stretchesGivenUp(new Case(evidence)).length}`],
    ['brought back by their customer', `${count('authorized again')}`],
    ['lost', listOf(byKind(losses))],
    ...losses.map(({ kind, story }) => [`  ${kind}`, story] as const),
    ['violations', `${violations.length}`],
    ...violations.map((violation) => ['  ✗', violation] as const),
  ];
  return [`World: ${world}`, ...lines.map(([name, value]) => `  ${name.padEnd(32)}${value}`)].join('\n');
}

/** In the times of the run, in which a lease lives for 3 s. */
function successionText(evidence: Evidence): string {
  const the = new Case(evidence);
  const sorted = [...successionsIn(the)].sort((a, b) => a.afterMs - b.afterMs);
  const [median, last] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (median === undefined || last === undefined) return 'none';
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const longest = `at most ${seconds(last.afterMs)} (${last.key}, from ${the.moment(last.endedAt)})`;
  return `${sorted.length}, taken over after ${seconds(median.afterMs)} (median), ${longest}`;
}

const listOf = (counts: readonly (readonly [string, number])[]): string =>
  counts.map(([what, count]) => `${what} ${count}`).join(', ') || 'none';

function byStatus({ calls }: Evidence): [string, number][] {
  const counts = new Map<string, number>();
  for (const { status } of calls) {
    const name = String(status ?? 'no answer');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}

function byKind(losses: readonly Loss[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { kind } of losses) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts];
}

/** New credentials in the store, by the rung that brought them. */
function recoveries({ history }: Evidence): [string, number][] {
  const counts = new Map<string, number>();
  const present = new Map<string, string>();
  for (const { key, installation } of history) {
    const { credential } = installation;
    if (credential === null || present.get(key) === credential.id) continue;
    present.set(key, credential.id);
    counts.set(credential.origin, (counts.get(credential.origin) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
