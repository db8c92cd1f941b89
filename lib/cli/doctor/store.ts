import { randomBytes } from 'node:crypto';
import { messageOf } from '../../errors/scrub.js';
import type { GhlAuthRecord } from '../../storage/ghl-auth.repository.js';
import { recordProblem } from '../../storage/record-check.js';
import { within } from '../../time/within.js';
import type { CommandContext } from '../context.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** A kind of its own, which nothing else lists. */
const KIND = 'doctor';
const SLOW_MS = 500;
const CONTRACT =
  'Hold your repository to the contract: repositoryContract() of nestjs-ghl-auth/testing, in your tests.';

type Call = <T>(work: () => Promise<T>) => Promise<T>;

/** The contract of the store in short, on a record that is thrown away. */
export async function* store({ engine, ports }: CommandContext): AsyncGenerator<Finding> {
  const { clock, settings } = engine;
  const { repository } = ports;
  const key = `doctor/${settings.appId}/${randomBytes(12).toString('hex')}`;
  const times: number[] = [];
  const call: Call = async (work) => {
    const began = clock.monotonic();
    const limitMs = settings.timeouts.storeMs;
    const answer = await within(clock, limitMs, work, () => new Error(`no answer within ${limitMs} ms`));
    times.push(clock.monotonic() - began);
    return answer;
  };
  try {
    const problem = await broken(repository, key, call);
    const slowest = Math.round(Math.max(...times));
    if (problem !== null) yield fail('store', problem, CONTRACT);
    else if (slowest < SLOW_MS) yield ok('store', `keeps its contract in short, slowest call ${slowest} ms`);
    else yield warn('store', `keeps its contract in short, slowest call ${slowest} ms`, 'See what keeps the database.');
  } catch (error) {
    yield fail('store', messageOf(error), 'See that the database is up, and that the table exists and can be written.');
  } finally {
    await cleanUp(repository, key, call);
  }
}

const recordAt = (key: string, version: number): GhlAuthRecord => ({
  kind: KIND,
  key,
  group: 'doctor',
  due: new Date(1_000),
  version,
  format: 1,
  body: `a record of ghl-auth doctor, version ${version}`,
  locationId: null,
  companyId: null,
  clientId: null,
  state: null,
  expiresAt: null,
});

/** What the store does otherwise than it has to, or `null`. */
async function broken(
  repository: CommandContext['ports']['repository'],
  key: string,
  call: Call,
): Promise<string | null> {
  const [first, second] = [recordAt(key, 7), recordAt(key, 1_048_583)];
  const { version: v1 } = first;
  const { version: v2 } = second;
  const steps: readonly (readonly [problem: string, holds: () => Promise<boolean>])[] = [
    ['finds what was never stored', async () => (await repository.find(key)) === null],
    ['does not insert a record', () => repository.save(first, null)],
    ['does not give back what was stored', async () => isSame(await repository.find(key), first)],
    ['inserts a key twice', async () => !(await repository.save(second, null))],
    ['updates over another version', async () => !(await repository.save(second, v2))],
    ['does not update a record', () => repository.save(second, v1)],
    ['reports a conflict as success', async () => !(await repository.save(first, v1))],
    ['does not give back what was updated', async () => isSame(await repository.find(key), second)],
    ['does not list a record', async () => (await listed(repository, key)).some((record) => isSame(record, second))],
    ['removes another version', async () => !(await repository.remove(key, v1))],
    ['does not remove a record', () => repository.remove(key, v2)],
    ['gives back what was removed', async () => (await repository.find(key)) === null],
  ];
  for (const [problem, holds] of steps) if ((await call(holds)) !== true) return `it ${problem}`;
  return null;
}

/** From just before the key: others may be held at the same time. */
const listed = async (
  repository: CommandContext['ports']['repository'],
  key: string,
): Promise<readonly GhlAuthRecord[]> => repository.list({ kind: KIND, after: key.slice(0, -1), limit: 10 });

const isSame = (found: GhlAuthRecord | null, { key, version, body, due }: GhlAuthRecord): boolean =>
  recordProblem(found, key) === null &&
  found?.version === version &&
  found.body === body &&
  found.due?.getTime() === due?.getTime();

/** Whatever version is left. A store that fails keeps a small record that nothing reads. */
async function cleanUp(repository: CommandContext['ports']['repository'], key: string, call: Call): Promise<void> {
  const left = await call(() => repository.find(key)).catch(() => null);
  if (left) await call(() => repository.remove(key, left.version)).catch(() => false);
}
