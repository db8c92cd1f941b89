import { setTimeout as sleep } from 'node:timers/promises';
import { Chaos } from './chaos.js';
import type { Fleet } from './fleet.js';
import { keep } from './keep.js';
import { callFor, Load, type CustomerCall } from './load.js';
import { makePlan } from './plan.js';
import { report } from './report.js';
import { SLOTS, Stage, type StageOptions } from './stage.js';
import { readConnections, readHistory, readTold } from './store-history.js';
import { SupportDesk } from './support-desk.js';
import type { Evidence } from './verdict/evidence.js';
import { judge, type Verdict } from './verdict/index.js';
import { PLACES } from './world.js';

/** What a run is made from. */
export interface RunOptions extends StageOptions {
  readonly kills: number;
  /** After so long no further blow falls. @default no limit */
  readonly limitMs?: number;
  /** Where to put everything that was seen, for people who look for a cause. */
  readonly keepIn?: string | undefined;
  /** Hears how far it is. */
  readonly onProgress?: (text: string) => void;
}

/** What came of a run. */
export interface RunOutcome extends Verdict {
  readonly kills: number;
  readonly rotations: number;
  readonly report: string;
}

const CUSTOMERS = 12;
/** On average, on a machine that is fast enough. */
const KILL_EVERY_MS = 2_000;
/** Until every installation answers, once all faults have stopped. */
const SETTLE_LIMIT_MS = 60_000;

/** Runs a fleet under load while everything around it and in it fails, and judges what came of it. */
export async function runChaos(options: RunOptions): Promise<RunOutcome> {
  const stage = await Stage.set(options);
  try {
    await stage.open();
    const evidence = await play(stage, options);
    if (options.keepIn !== undefined) await keep(options.keepIn, evidence);
    const verdict = judge(evidence);
    return {
      ...verdict,
      kills: stage.chronicle.countOf('kill'),
      rotations: stage.highLevel.ledger.rotations().length,
      report: report(options.seed, evidence, verdict),
    };
  } finally {
    await stage.clear();
  }
}

/** The blows fall while customers call; then everything works again, and has to be well after a while. */
async function play(stage: Stage, { seed, world, postgres, kills, ...options }: RunOptions): Promise<Evidence> {
  const { limitMs = Number.POSITIVE_INFINITY, onProgress = () => undefined } = options;
  const { dice, fleet, highLevel, chronicle, installer, pool } = stage;
  const plan = makePlan(dice, world, { kills, slots: SLOTS, killEveryMs: KILL_EVERY_MS });
  const desk = world === 'without Reconnect' ? new SupportDesk(fleet, installer, chronicle) : null;
  const load = new Load(fleet, `${seed}/${world}`, CUSTOMERS);
  const chaos = new Chaos({ fleet, highLevel, postgres, chronicle });
  await chaos.carryOut(plan, limitMs, (blows) =>
    onProgress(`${blows} of ${plan.length} blows, ${chronicle.countOf('kill')} kills`),
  );
  onProgress('all faults have stopped');
  await load.end();
  await fleet.whole();
  const finals = await untilAllAnswer(fleet);
  await desk?.end();
  await untilAllIsTold(stage);
  await fleet.retire();
  const [history, told, connections] = await Promise.all([readHistory(pool), readTold(pool), readConnections(pool)]);
  const { began } = chronicle;
  const seen = { history, told, connections, calls: load.calls, finals };
  const { hasSink } = stage;
  return { world, began, ended: Date.now(), highLevel, hasSink, processes: fleet.all, chronicle, ...seen };
}

/** Calls for every place on every process until each is answered. */
async function untilAllAnswer(fleet: Fleet): Promise<CustomerCall[]> {
  const until = Date.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const calls = await Promise.all(
      fleet.running.flatMap((member) => PLACES.map(({ locationId }) => callFor(member, locationId))),
    );
    if (calls.every(({ status }) => status === 200) || Date.now() > until) return calls;
    await sleep(300);
  }
}

/** Waits until no record says of a change that it is not told yet. */
async function untilAllIsTold({ pool }: Stage): Promise<void> {
  const until = Date.now() + SETTLE_LIMIT_MS;
  const untold = `SELECT 1 FROM ghl_auth_records WHERE kind = 'installation' AND body NOT LIKE '%"untold":[]%' LIMIT 1`;
  while ((await pool.query(untold)).rowCount !== 0 && Date.now() < until) await sleep(100);
}
