import type { World } from './world.js';

const S = 1_000;
const MINUTE = 60 * S;
const DAY = 24 * 60 * MINUTE;

/**
 * A closed rung is tried every half hour, a suspended place is looked at every hour, and a retry may ask for as much; by a clock that was
 * ahead that is hours later.
 */
const ROUNDS = [
  ...Array<number>(6).fill(MINUTE),
  ...Array<number>(4).fill(30 * MINUTE),
  ...Array<number>(4).fill(90 * MINUTE),
];

const REOPENED_ROUNDS = [...Array<number>(4).fill(30 * MINUTE), ...Array<number>(7).fill(DAY / 4)];

/** All faults stop, and everybody who stands still goes on. Tokens that are dead stay dead. */
export async function endFaults(world: World): Promise<void> {
  const { fleet, simulator, network, host, casts, outages, inactive, clock, chronicle } = world;
  for (const { connection, process, line } of fleet.members) {
    connection.mend();
    line.onAnswer = () => undefined;
    process.endPlans();
    process.wake();
  }
  simulator.clearFaults();
  outages.clear();
  network.tricks.length = 0;
  host.listenerTricks.length = 0;
  for (const cast of casts) simulator.activate(cast.ref);
  inactive.clear();
  simulator.setReconnect(world.given.hasReconnect ? 'available' : 'removed');
  world.sink.mend();
  // Nothing is to be shown by renewing time and again what is well.
  simulator.settings.token.accessTokenLifetimeMs = DAY;
  simulator.settings.mint.lifetimeMs = DAY;
  fleet.activateAll();
  fleet.replaceEnded();
  chronicle.healedFrom = { tick: chronicle.tick(), at: clock.monotonic() };
  await clock.pass(MINUTE);
  fleet.correctClocks();
  fleet.replaceEnded();
  host.resume(fleet.at(0));
}

/** Customers finish what they were about to do; then calls, or the sweep, bring everything back. */
export async function heal(world: World): Promise<void> {
  await finish(world);
  await finish(world);
  await attend(world, ROUNDS);
}

/** HighLevel brings Reconnect back: what had ended for lack of it is looked at ever more rarely, but at least once in a day and a half. */
export async function reopen(world: World): Promise<void> {
  world.simulator.setReconnect('available');
  await attend(world, REOPENED_ROUNDS);
  await finish(world);
  await attend(world, ROUNDS);
}

async function finish({ customers, fleet, clock }: World): Promise<void> {
  customers.finish(fleet.at(0));
  await clock.pass(MINUTE);
}

async function attend({ fleet, host, casts, clock, given }: World, rounds: readonly number[]): Promise<void> {
  for (const ms of rounds) {
    for (const member of fleet.members) {
      if (given.healedBy === 'sweep') host.sweep(member);
      else for (const cast of casts) host.wantToken(member, cast);
    }
    await clock.pass(ms);
  }
}
