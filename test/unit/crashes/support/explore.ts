import type { InstallationRef } from '../../../../lib/installation/installation-ref.js';
import type { Member, World } from './world.js';

const JOB_RUNS_FOR_MS = 180_000;

/** Something that processes do, and that is crashed at every crossing of a port. */
export interface Flow {
  /** Sets the scene, with processes that nothing befalls. */
  readonly prepare: () => Promise<World>;
  /** What the doomed process does. */
  readonly act: (member: Member, world: World) => Promise<unknown>;
  /** What comes once more after the crash, from outside: a redelivered webhook, a callback that is loaded again. */
  readonly again?: (member: Member, world: World) => Promise<unknown>;
  /** The places that have to be well in the end. */
  readonly well: (world: World) => readonly InstallationRef[];
  /** The places that have to be gone in the end. */
  readonly gone?: (world: World) => readonly InstallationRef[];
  /** The places that only the customer can bring back in the end. */
  readonly dead?: (world: World) => readonly InstallationRef[];
  /** Whether a place may be lost where the process was killed at a crossing: never, unless said otherwise. */
  readonly mayLose?: (world: World) => boolean;
}

/** What came of all crashes of a flow. */
export interface Explored {
  /** How many crashes were tried, and how many of them lost a place that may be lost. */
  tried: number;
  lost: number;
  /** The longest time from a crash until another process had a usable credential (ms). */
  slowestMs: number;
  /** The crossings of the flow without a crash. */
  crossings: readonly string[];
  readonly problems: string[];
}

const nothing = (): Explored => ({ tried: 0, lost: 0, slowestMs: 0, crossings: [], problems: [] });

/** Crashes a flow at each of its crossings. */
export async function exploreCrashes(flow: Flow): Promise<Explored> {
  const explored = nothing();
  explored.crossings = await rehearse(flow, []);
  for (let n = 1; n <= explored.crossings.length; n += 1) await attempt(flow, [n], explored);
  return explored;
}

/** Crashes a flow at each of its crossings, and who does it next at each of its own. */
export async function explorePairs(flow: Flow): Promise<Explored> {
  const explored = nothing();
  explored.crossings = await rehearse(flow, []);
  for (let n = 1; n <= explored.crossings.length; n += 1) {
    const next = await rehearse(flow, [n]);
    for (let m = 1; m <= next.length; m += 1) await attempt(flow, [n, m], explored);
  }
  return explored;
}

/** Runs the flow with processes that are killed, and then one that is not. @returns the crossings of the last one */
async function rehearse(flow: Flow, kills: readonly number[]): Promise<readonly string[]> {
  const world = await flow.prepare();
  for (const kill of kills) await crash(flow, world, kill);
  const member = world.start();
  if (!(await world.let(member, flow.act(member, world)))) throw new Error('The flow does not end by itself');
  return member.process.crossings;
}

async function crash(flow: Flow, world: World, kill: number): Promise<string> {
  const doomed = world.start(kill);
  await world.let(doomed, flow.act(doomed, world));
  if (doomed.process.isAlive) throw new Error(`The process has never come to its crossing ${kill}`);
  return doomed.process.crossings.at(-1) as string;
}

async function attempt(flow: Flow, kills: readonly number[], explored: Explored): Promise<void> {
  const world = await flow.prepare();
  const names: string[] = [];
  for (const kill of kills) names.push(`${kill} (${await crash(flow, world, kill)})`);
  explored.tried += 1;
  const problems = await aftermath(flow, world, explored);
  explored.problems.push(...problems.map((problem) => `killed at ${names.join(', then at ')}: ${problem}`));
}

/** A second instance finishes the job; then everything has to be well. */
async function aftermath(flow: Flow, world: World, explored: Explored): Promise<string[]> {
  const rescuer = world.start();
  const job = runJob(rescuer, world);
  if (flow.again) await world.let(rescuer, flow.again(rescuer, world));
  for (const ref of flow.dead?.(world) ?? []) await world.let(rescuer, rescuer.instance.tokens.getAccessToken(ref));
  const problems: string[] = [];
  let isLost = false;
  for (const ref of flow.well(world)) {
    const spentMs = await world.untilUsable(rescuer, ref);
    if (spentMs !== null) explored.slowestMs = Math.max(explored.slowestMs, spentMs);
    else if (flow.mayLose?.(world)) isLost = true;
    else problems.push(`lost or stuck: ${JSON.stringify(ref)}`);
  }
  if (isLost) explored.lost += 1;
  await world.bench.run(job);
  if (!isLost) problems.push(...(await checkStored(flow, world)));
  if (!isLost && !flow.dead && world.store.states.has('needs_reauthorization')) problems.push('called dead');
  if (world.untold().length > 0) problems.push('the host has not been told of everything');
  if (world.sink.entries.size > 0) problems.push('something is left in the emergency sink');
  return [...problems, ...world.violations()];
}

/** The job of an instance, as the scheduler runs it: first after its interval, and while it recovers what it is asked for. */
async function runJob({ instance }: Member, { clock }: World): Promise<void> {
  const { sweeper, settings } = instance.engine;
  const began = clock.monotonic();
  while (clock.monotonic() - began < JOB_RUNS_FOR_MS) {
    await clock.sleep(settings.job.intervalMs);
    await sweeper.run();
  }
}

/** What a fresh process finds in the store, without a call to HighLevel. */
async function checkStored(flow: Flow, world: World): Promise<string[]> {
  const { instance } = world.start();
  const mark = world.bench.ledger.mark();
  const problems: string[] = [];
  const ask = (ref: InstallationRef): Promise<string> =>
    world.bench.run(instance.tokens.getAccessToken(ref).catch(({ code }: { readonly code: string }) => code));
  for (const ref of flow.well(world)) {
    const token = await ask(ref);
    if (world.bench.simulator.describeToken(token)?.state !== 'live')
      problems.push(`what is stored is no good: ${token}`);
    const { key } = instance.engine.keeper.placeOf(ref);
    const { lease, mark: unfinished } = world.store.stored.get(key) ?? {};
    if (lease !== null || unfinished !== null) problems.push('a lease or a mark is left over');
  }
  for (const ref of flow.gone?.(world) ?? []) {
    const outcome = await ask(ref);
    if (outcome !== 'GHL_UNINSTALLED') problems.push(`not uninstalled, but ${outcome}`);
  }
  for (const ref of flow.dead?.(world) ?? []) {
    const outcome = await ask(ref);
    if (outcome !== 'GHL_NEEDS_REAUTHORIZATION') problems.push(`not known to be dead, but ${outcome}`);
  }
  if (world.bench.ledger.since(mark).credentialCalls().length > 0) problems.push('the store alone was not enough');
  return problems;
}
