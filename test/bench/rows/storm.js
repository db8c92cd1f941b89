import { setTimeout as delay } from 'node:timers/promises';
import { atMost, beside, figure, line, plain } from '../harness/figures.js';
import { storm, stream } from '../harness/load.js';
import { PEERS, THIS, VENDOR } from '../harness/peers.js';
import { median, ratios, rotated } from '../harness/statistics.js';

const TARGETS = {
  alone: atMost(
    1.1,
    '≤ 1.10 × the oracle',
    'The oracle keeps tokens in memory and survives nothing: no store, no lease, no mark before the refresh token is presented. What it saves is a few ms a storm, and the CPU time of “per request” twice for each request.',
  ),
  fleet: atMost(
    1.25,
    '≤ 1.25 × the oracle',
    'The oracle waits on a lock of PostgreSQL, and so needs PostgreSQL. The module knows a store of four methods, and looks again now and then whether the one that refreshes is done.',
  ),
  correct: atMost(0, 'all answered, one token call, no refresh token twice'),
};

const ORACLE = { name: 'the oracle', file: 'oracle' };
const AGAIN = { ...THIS, name: `${THIS.name}, again` };
const OURS = [ORACLE, THIS, AGAIN];
const PEERS_OF_FLEET = [{ ...VENDOR, name: `${VENDOR.name}, sessions in PostgreSQL` }];

const FAST = { name: 'fast HighLevel', apiMs: 5, tokenMs: 30 };
const SLOW = { name: 'slow HighLevel', apiMs: 50, tokenMs: 300 };
const SPREAD_MS = 500;
const FLEET_SIZE = 4;
/** Each is run with every size; peers take part where HighLevel is fast. */
const SITUATIONS = [
  { ...FAST, processes: 1, arrivals: ['at once', 'spread'], peers: PEERS, target: TARGETS.alone },
  { ...FAST, processes: FLEET_SIZE, arrivals: ['at once'], peers: PEERS_OF_FLEET, target: TARGETS.fleet },
  { ...SLOW, processes: 1, arrivals: ['at once', 'spread'], peers: [], target: TARGETS.alone },
  { ...SLOW, processes: FLEET_SIZE, arrivals: ['at once'], peers: [], target: TARGETS.fleet },
];
const SIZES = [
  { count: 10, rounds: 15 },
  { count: 200, rounds: 9 },
  { count: 2_000, rounds: 5 },
  { count: 10_000, rounds: 3 },
];
const QUICK_SIZES = [
  { count: 10, rounds: 2 },
  { count: 200, rounds: 2 },
];
/** Peers are timed over fewer rounds; who answers wrongly in the first is not asked again. */
const PEER_ROUNDS = { 10: 5, 200: 5, 2000: 3, 10000: 1 };
const LIMIT_MS = 60_000;

export const row = {
  title: 'Storm: many requests on a token that has just died',
  about: `
From the first request to the last answer, when the access token of one location has died before its time: all requests at once, or spread over ${SPREAD_MS} ms. Fast is
an API that answers in ${FAST.apiMs} ms and a token in ${FAST.tokenMs} ms, slow ${SLOW.apiMs} ms and ${SLOW.tokenMs} ms. The **oracle** is written by hand for this one purpose: bare axios, one
shared promise, one replay; with four processes a row lock in PostgreSQL. In one process everybody keeps tokens in memory; four processes share one PostgreSQL.
Correct is: every request answered, one token call in the fleet, no refresh token presented twice.`,
  async measure(bench) {
    const lines = [];
    const rows = [];
    const sizes = bench.size(SIZES, QUICK_SIZES);
    for (const situation of SITUATIONS) {
      for (const { arrival, results } of await race(bench, situation, sizes)) {
        lines.push(...results.map((result) => lineOf(situation, arrival, result)));
        rows.push(...peerRowsOf(situation, arrival, results));
      }
    }
    const headings = ['peers', 'situation', ...sizes.map(({ count }) => count.toLocaleString('en-US'))];
    const about = 'The peers in the same storms, in ms and beside the oracle; or what was wrong.';
    return { lines, tables: [{ about, headings, rows }] };
  },
};

/** All contenders in one situation. @returns for each arrival the results of each size */
const race = async (bench, { apiMs, tokenMs, processes, arrivals, peers }, sizes) => {
  const contenders = [...OURS, ...peers.map((peer) => ({ ...peer, isPeer: true }))];
  const storms = arrivals.length * sizes.reduce((sum, { rounds }) => sum + rounds, 0);
  const high = await bench.highLevel();
  const entries = [];
  for (const contender of contenders) entries.push(await enter(bench, high, contender, { processes, storms }));
  await high.ask('latency', { apiMs, tokenMs });
  // Nobody believes that a token which is seconds old has died.
  await delay(5_500);

  const raced = [];
  for (const arrival of arrivals) {
    const results = [];
    for (const size of sizes) results.push({ ...size, ends: await compete(high, entries, arrival, size) });
    raced.push({ arrival, results });
  }
  for (const { team } of entries) for (const process of team) await process.end();
  await high.end();
  return raced;
};

/** The processes of one contender, with a location for each storm, and their connections open. */
const enter = async (bench, high, contender, { processes, storms }) => {
  const places = await high.ask('install', { count: storms });
  const database = processes > 1 ? await bench.database() : undefined;
  const team = [];
  for (let index = 0; index < processes; index += 1) {
    const process = await bench.process();
    await process.ask('open', { ...contender, world: { ...high.world, places, database, isFirst: index === 0 } });
    team.push(process);
  }
  const locationIds = places.map(({ locationId }) => locationId);
  await Promise.all(team.map((process) => process.ask('warm', { locationIds })));
  return { ...contender, team, locationIds };
};

const compete = async (high, entries, arrival, { count, rounds }) => {
  const ends = new Map(entries.map((entry) => [entry.name, { ms: [], wrong: undefined, isPeer: entry.isPeer }]));
  for (let round = 0; round < rounds; round += 1)
    for (const entry of rotated(entries, round)) {
      const end = ends.get(entry.name);
      if (end.wrong !== undefined || (entry.isPeer && round >= PEER_ROUNDS[count])) continue;
      const { ms, wrong } = await oneStorm(high, entry, { count, spreadMs: arrival === 'spread' ? SPREAD_MS : 0 });
      if (wrong === undefined) end.ms.push(ms);
      else end.wrong = wrong;
    }
  return ends;
};

const oneStorm = async (high, entry, { count, spreadMs }) => {
  const { team, locationIds } = entry;
  if (entry.isGone) return { wrong: '**gone**' };
  const locationId = locationIds.pop();
  await high.ask('killAccessTokens', { locationIds: [locationId] });
  const mark = await high.ask('mark');
  const share = (index) => Math.floor(count / team.length) + (index < count % team.length ? 1 : 0);
  const given = { locationId, spreadMs, limitMs: LIMIT_MS };
  const ends = await Promise.all(team.map((process, index) => process.ask('storm', { ...given, count: share(index) })));
  const ms = Math.max(...ends.map(({ ended }) => ended)) - Math.min(...ends.map(({ began }) => began));
  const answered = ends.reduce((sum, end) => sum + end.answered, 0);
  const { tokenCalls, presentedTwice } = await high.ask('since', { mark });
  if (answered === count && tokenCalls === 1 && presentedTwice === 0) return { ms };
  // Requests that are still under way would disturb whoever comes next.
  entry.isGone = ms >= LIMIT_MS;
  if (entry.isGone) for (const process of team) await process.end();
  return { wrong: wrongOf({ answered, count, tokenCalls, presentedTwice }) };
};

const wrongOf = ({ answered, count, tokenCalls, presentedTwice }) => {
  const calls = `${tokenCalls} token ${tokenCalls === 1 ? 'call' : 'calls'}`;
  const again = presentedTwice > 0 ? `, a spent refresh token ${presentedTwice} ×` : '';
  return `**${answered} answered of ${count}**, ${calls}${again}`;
};

const lineOf = ({ name, processes, target }, arrival, { count, ends }) => {
  const [oracle, ours, again] = OURS.map((one) => ends.get(one.name));
  const where = processes > 1 ? `${processes} processes` : arrival;
  const what = `${count.toLocaleString('en-US')} ${where}, ${name}`;
  const wrong = ours.wrong ?? again.wrong;
  if (wrong !== undefined)
    return line({ what, contender: THIS.name, figure: wrong, target: TARGETS.correct, value: 1 });
  if (oracle.wrong !== undefined) throw new Error(`The oracle answered wrongly: ${oracle.wrong}`);
  const compared = ratios(ours.ms, oracle.ms);
  const control = median(ratios(again.ms, oracle.ms));
  return line({
    what,
    contender: THIS.name,
    figure: `${figure(ours.ms, 'ms')}; the oracle ${figure(oracle.ms, 'ms')}`,
    beside: `${beside(compared, 'the oracle')}; again ${plain(control)} ×`,
    target,
    value: compared,
  });
};

const peerRowsOf = ({ name, processes, peers }, arrival, results) => {
  const where = `${processes > 1 ? `${processes} processes` : arrival}, ${name}`;
  const cell = (peer, { ends }) => {
    const { ms, wrong } = ends.get(peer.name);
    if (wrong !== undefined) return wrong;
    const compared = median(ratios(ms, ends.get(ORACLE.name).ms.slice(0, ms.length)));
    return `${plain(median(ms))}, ${plain(compared)} ×`;
  };
  return peers.map((peer) => [peer.name, where, ...results.map((result) => cell(peer, result))]);
};

let contender;

export const tasks = {
  async open({ file, given = {}, world }) {
    const { open } = await import(`../contenders/${file}.js`);
    contender = await open({ ...world, ...given });
  },

  /** Every location is known, the code is warm, and the connections are open. */
  async warm({ locationIds }) {
    for (const locationId of locationIds) await contender.request(locationId);
    await stream(() => contender.request(locationIds[0]), { count: 1_000, width: 256 });
  },

  storm: ({ locationId, ...given }) => storm(() => contender.request(locationId), given),
};
