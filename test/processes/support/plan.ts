import type { FaultAction } from '../../../lib/testing.js';
import type { Dice } from './dice.js';
import { PLACES, type TestPlace, type WorldName } from './world.js';

/** When a blow at one process falls: at once, or so long after its next presentation of a refresh token has arrived at HighLevel. */
export type Aim = { readonly at: 'once' } | { readonly at: 'rotation'; readonly afterMs: number };

/** How the way between backends and their database breaks. */
export type Cut = 'drop' | 'refuse' | 'hang' | 'deaf' | 'blackhole';

/** Something bad. `slot` is a place in the fleet. */
export type Blow =
  | { readonly do: 'kill' | 'deploy'; readonly slot: number; readonly aim: Aim }
  | { readonly do: 'stop'; readonly slot: number; readonly aim: Aim; readonly forMs: number }
  | { readonly do: 'postgres'; readonly how: 'restart' | 'crash'; readonly downMs: number }
  | { readonly do: 'cut'; readonly how: Cut; readonly slots: readonly number[]; readonly forMs: number }
  | {
      readonly do: 'highLevel';
      readonly what: string;
      readonly fault: FaultAction;
      readonly path: 'oauth' | 'api';
      readonly times: number;
      readonly forMs: number;
    }
  | { readonly do: 'expire'; readonly place: TestPlace }
  | { readonly do: 'incident'; readonly places: readonly TestPlace[] }
  | { readonly do: 'removeReconnect'; readonly forMs: number }
  | { readonly do: 'deactivate'; readonly place: TestPlace; readonly forMs: number };

/** A blow and its moment, from the beginning. */
export interface Moment {
  readonly atMs: number;
  readonly blow: Blow;
}

/** How large the plan is. */
export interface PlanSize {
  readonly kills: number;
  readonly slots: number;
  /** Between two kills, on average. */
  readonly killEveryMs: number;
}

const TROUBLES: readonly { readonly what: string; readonly fault: FaultAction; readonly path: 'oauth' | 'api' }[] = [
  ...[500, 502, 503].map((status) => ({ what: '5xx to token calls', fault: { status }, path: 'oauth' as const })),
  { what: '5xx to API calls', fault: { status: 503 }, path: 'api' },
  { what: '429 to token calls', fault: { retryAfter: 1 }, path: 'oauth' },
  { what: '429 to API calls', fault: { retryAfter: 1 }, path: 'api' },
  { what: 'no answer to token calls', fault: { kind: 'hang' }, path: 'oauth' },
  { what: 'no answer to API calls', fault: { kind: 'hang' }, path: 'api' },
  { what: 'connections reset', fault: { kind: 'reset' }, path: 'oauth' },
  { what: 'answer lost after the work was done', fault: { kind: 'lost' }, path: 'oauth' },
  // Later than the caller waits: it asks again, and is answered twice.
  { what: 'answer too late, given twice', fault: { delayMs: 2_500 }, path: 'oauth' },
  { what: 'slow answers', fault: { delayMs: 900 }, path: 'oauth' },
  { what: 'answer cut off', fault: { kind: 'truncated', handled: true }, path: 'oauth' },
  { what: 'a page in place of the answer', fault: { kind: 'html', handled: true }, path: 'oauth' },
];

const CUTS: readonly Cut[] = ['drop', 'refuse', 'hang', 'deaf', 'blackhole'];

/** Makes the plan of a run. The same dice make the same plan. */
export function makePlan(dice: Dice, world: WorldName, { kills, slots, killEveryMs }: PlanSize): readonly Moment[] {
  const slot = (): number => dice.between(0, slots - 1);
  const aim = (): Aim => (dice.chance(0.5) ? { at: 'rotation', afterMs: dice.between(0, 80) } : { at: 'once' });
  const place = (): TestPlace => dice.pick(PLACES);
  const every: readonly (readonly [everyMs: number, make: () => Blow])[] = [
    [5_000, () => ({ do: 'stop', slot: slot(), aim: aim(), forMs: dice.pick([500, 2_000, 4_000, 8_000]) })],
    [20_000, () => ({ do: 'deploy', slot: slot(), aim: aim() })],
    [18_000, () => ({ do: 'postgres', how: dice.pick(['restart', 'crash']), downMs: dice.between(0, 2_500) })],
    [7_000, () => cut(dice, slots)],
    [2_500, () => trouble(dice)],
    [1_500, () => ({ do: 'expire', place: place() })],
    [12_000, () => ({ do: 'deactivate', place: place(), forMs: dice.between(500, 3_000) })],
    [9_000, () => incident(dice, world)],
    [12_000, () => ({ do: 'removeReconnect', forMs: dice.between(1_000, 5_000) })],
  ];
  const endMs = kills * killEveryMs;
  const moments = every
    .flatMap(([everyMs, make]) => stream(dice, everyMs, endMs, make))
    .filter(({ blow }) => world === 'with Reconnect' || blow.do !== 'removeReconnect');
  for (let kill = 0; kill < kills; kill += 1) {
    const atMs = Math.round(kill * killEveryMs + dice.between(0, killEveryMs - 1));
    moments.push({ atMs, blow: { do: 'kill', slot: slot(), aim: aim() } });
  }
  return moments.sort((a, b) => a.atMs - b.atMs);
}

function stream(dice: Dice, everyMs: number, endMs: number, make: () => Blow): Moment[] {
  const moments: Moment[] = [];
  const next = (): number => dice.between(Math.round(everyMs * 0.4), Math.round(everyMs * 1.6));
  for (let atMs = next(); atMs < endMs; atMs += next()) moments.push({ atMs, blow: make() });
  return moments;
}

function cut(dice: Dice, slots: number): Blow {
  const everybody = Array.from({ length: slots }, (_, slot) => slot);
  const forMs = dice.pick([200, 800, 2_000, 4_000]);
  return { do: 'cut', how: dice.pick(CUTS), slots: dice.chance(0.4) ? everybody : [dice.pick(everybody)], forMs };
}

function trouble(dice: Dice): Blow {
  return { do: 'highLevel', ...dice.pick(TROUBLES), times: dice.between(1, 5), forMs: dice.between(300, 1_500) };
}

/** Tokens die before their time: of one place, or of all. Without Reconnect only where a company can mint new ones. */
function incident(dice: Dice, world: WorldName): Blow {
  const within = PLACES.filter(({ hasCompany }) => hasCompany || world === 'with Reconnect');
  return { do: 'incident', places: dice.chance(0.25) ? within : [dice.pick(within)] };
}
