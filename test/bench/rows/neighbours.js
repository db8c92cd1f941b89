import { setTimeout as delay } from 'node:timers/promises';
import { atMost, figure, line, plain } from '../harness/figures.js';
import { openLoop, stream } from '../harness/load.js';
import { differences, median, quantile, rotated } from '../harness/statistics.js';

const TARGETS = {
  p99: atMost(5, '≤ + 5 ms, or within the spread of the control', 'The broken ones take a share of the CPU too.'),
  waiting: atMost(0, '0'),
};

const INSTALLATIONS = 50;
const BROKEN = 5;
const RENEWAL_MS = 2_000;
/** Whoever waits for one that is broken waits until it is renewed. */
const WAITED_MS = RENEWAL_MS / 2;
const API_MS = 5;

const CALM = { name: 'this module, nothing broken', file: 'this-module', broken: 0 };
const CALM_AGAIN = { name: 'this module, nothing broken, again', file: 'this-module', broken: 0 };
const THIS = { name: 'this module', file: 'this-module', broken: BROKEN };
const CONTENDERS = [
  CALM,
  CALM_AGAIN,
  THIS,
  { name: '@gohighlevel/api-client', file: 'vendor-sdk', broken: BROKEN },
  {
    name: 'axios-auth-refresh on one axios, `deduplicateRefresh: false`',
    file: 'axios-auth-refresh',
    broken: BROKEN,
    given: { options: { deduplicateRefresh: false } },
  },
  { name: 'axios-auth-refresh on one axios', file: 'axios-auth-refresh', broken: BROKEN },
  { name: '@badgateway/oauth2-client, one for each', file: 'badgateway', broken: BROKEN },
];

export const row = {
  title: 'Neighbours: what the others notice of a broken installation',
  about: `
${INSTALLATIONS} installations, called in turn at half of what this module can do, at a fixed rate whatever comes back; the access tokens of ${BROKEN} of them die, and a renewal takes
${RENEWAL_MS / 1_000} s. The 99th percentile of the *healthy* ones, each request timed from the moment at which it was due.`,
  async measure(bench) {
    const rounds = bench.size(7, 2);
    const seconds = bench.size(3, 2.5);
    const high = await bench.highLevel();
    const entries = [];
    for (const contender of CONTENDERS) {
      const places = await high.ask('install', { count: INSTALLATIONS });
      const process = await bench.process();
      await process.ask('open', { ...contender, world: { ...high.world, places } });
      const locationIds = places.map(({ locationId }) => locationId);
      entries.push({ ...contender, process, locationIds, p99: [], late: 0, unanswered: 0, asked: 0 });
    }
    await high.ask('latency', { apiMs: API_MS, tokenMs: RENEWAL_MS });
    const perSecond = await halfOf(entries[0], bench.size(3_000, 300));
    for (const { process } of entries.slice(1)) await process.ask('warm', { count: bench.size(1_500, 150) });
    await delay(5_500);
    for (let round = 0; round < rounds; round += 1)
      for (const entry of rotated(entries, round)) await oneRound(high, entry, { round, perSecond, seconds });
    for (const { process } of entries) await process.end();
    await high.end();
    return { lines: linesOf(entries, perSecond) };
  },
};

const halfOf = async ({ process }, count) => Math.round((await process.ask('warm', { count })) / 2);

/** Others are broken each time: a token that has just been renewed is not believed to be dead. */
const oneRound = async (high, entry, { round, perSecond, seconds }) => {
  const first = (round * BROKEN) % INSTALLATIONS;
  const broken = entry.locationIds.slice(first, first + entry.broken);
  await high.ask('killAccessTokens', { locationIds: broken });
  const { waits, ends } = await entry.process.ask('load', { perSecond, seconds });
  const isHealthy = (index) => !broken.includes(entry.locationIds[index % INSTALLATIONS]);
  const healthy = waits.filter((_, index) => isHealthy(index));
  entry.p99.push(quantile(healthy, 0.99));
  entry.late += healthy.filter((ms) => ms > WAITED_MS).length;
  entry.unanswered += ends.filter((end, index) => isHealthy(index) && end !== 200).length;
  entry.asked += healthy.length;
};

const linesOf = (entries, perSecond) => {
  const what = `p99 of the healthy, ${perSecond} requests a second`;
  const of = ({ name }) => entries.find((entry) => entry.name === name);
  const control = differences(of(CALM_AGAIN).p99, of(CALM).p99);
  const lines = entries.map((entry) => {
    const added = differences(entry.p99, of(CALM).p99);
    const isOurs = entry.name === THIS.name;
    const isWithin = median(added) <= quantile(control, 0.9);
    return line({
      what,
      contender: entry.name,
      figure: figure(entry.p99, 'ms'),
      beside: entry.name === CALM.name ? '' : `+ ${figure(added, 'ms')}`,
      ...(isOurs && { target: TARGETS.p99, value: isWithin ? 0 : median(added) }),
    });
  });
  const waited = entries
    .filter(({ broken }) => broken > 0)
    .map(({ name, late, unanswered, asked }) =>
      line({
        what: `healthy requests that waited for a broken one, of ${asked.toLocaleString('en-US')}`,
        contender: name,
        figure: plain(late) + (unanswered > 0 ? `; **${unanswered.toLocaleString('en-US')} failed**` : ''),
        ...(name === THIS.name && { target: TARGETS.waiting, value: late + unanswered }),
      }),
    );
  return [...lines, ...waited];
};

let contender;
let ids;

export const tasks = {
  async open({ file, given = {}, world }) {
    const { open } = await import(`../contenders/${file}.js`);
    contender = await open({ ...world, ...given });
    ids = world.places.map(({ locationId }) => locationId);
    for (const id of ids) await contender.request(id);
  },

  /** @returns requests a second, as many at a time as help */
  async warm({ count }) {
    let next = 0;
    const send = () => contender.request(ids[(next += 1) % ids.length]);
    const { began, ended } = await stream(send, { count, width: 64 });
    return (count * 1_000) / (ended - began);
  },

  load: (given) => openLoop((index) => contender.request(ids[index % ids.length]), given),
};
