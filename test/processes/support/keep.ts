import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evidence } from './verdict/evidence.js';

/** Writes everything that was seen of a run into files, in the order of time. */
export async function keep(folder: string, evidence: Evidence): Promise<void> {
  const { world, began, highLevel, history, processes, chronicle, calls } = evidence;
  const into = join(folder, world.replaceAll(' ', '-'));
  await mkdir(join(into, 'logs'), { recursive: true });
  const when = (at: number): string => ((at - began) / 1_000).toFixed(3).padStart(9);
  const names = new Map(processes.map(({ name, parts }) => [parts.host, name]));
  const summary = highLevel.ledger.summary();
  const files: Record<string, readonly string[]> = {
    'highlevel.txt': highLevel.ledger.entries.map(
      (entry, n) => `${when(entry.time)} ${names.get(entry.host ?? '')} ${summary[n]} ${entry.delivery}`,
    ),
    'store.txt': history.map(({ at, by, key, installation: { state, credential, lease, mark, trouble, untold } }) => {
      const token = credential?.refreshToken;
      const refresh = token == null ? null : highLevel.simulator.describeToken(token)?.id;
      const facts = { state, credential: credential?.id, refresh, refused: credential?.refreshTokenRefused };
      const more = { lease: lease?.id, mark: mark?.times, trouble: trouble?.message, untold: untold.length };
      return `${when(at)} ${by} ${key} ${JSON.stringify({ ...facts, ...more })}`;
    }),
    'events.txt': [
      ...chronicle.periods.map(({ what, who, from, to }) => `${when(from)} to ${when(to)} ${what} ${who}`),
      ...processes.map(({ name, startedAt, endedAt, end }) => `${when(startedAt)} to ${when(endedAt)} ${name} ${end}`),
    ].sort(),
    'calls.txt': calls.map((call) => `${when(call.from)} to ${when(call.to)} ${JSON.stringify(call)}`).sort(),
    ...Object.fromEntries(processes.map(({ name, lines }) => [`logs/${name}.txt`, lines])),
  };
  for (const [name, lines] of Object.entries(files)) await writeFile(join(into, name), `${lines.join('\n')}\n`);
}
