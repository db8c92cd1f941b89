import { setTimeout as delay } from 'node:timers/promises';
import { atMost, line } from '../harness/figures.js';
import { stream } from '../harness/load.js';
import { PEERS, THIS, VENDOR } from '../harness/peers.js';

const TARGETS = {
  scope: atMost(0, '0'),
  dead: atMost(1, '≤ 1 refresh in a pause'),
  down: atMost(4, 'bounded: ≤ 4'),
  lost: atMost(0, '0'),
};

const CONTENDERS = [THIS, ...PEERS];
/** These look after a store themselves. */
const WITH_STORE = [THIS, VENDOR];

/** What goes wrong, and what that may cost. */
const FAULTS = [
  {
    what: 'the token lacks a scope',
    target: TARGETS.scope,
    begin: (high) => high.ask('trouble', { name: 'scope', answer: 'scopeMissing' }),
    end: (high) => high.ask('endTrouble', { name: 'scope' }),
  },
  {
    what: 'the token is dead, and the token endpoint answers 503',
    target: TARGETS.down,
    begin: async (high, locationId) => {
      await high.ask('killAccessTokens', { locationIds: [locationId] });
      await high.ask('trouble', { name: 'down', status: 503, path: '/oauth/token' });
    },
    end: (high) => high.ask('endTrouble', { name: 'down' }),
  },
  {
    what: 'the grant is dead, and Reconnect is not offered',
    target: TARGETS.dead,
    begin: (high, locationId) => high.ask('killGrants', { locationIds: [locationId] }),
    end: () => undefined,
  },
];

const STORE_DOWN_MS = 2_000;

export const row = {
  title: 'Faults: what trouble costs, and what it loses',
  about: `
Refreshes per 1,000 requests, ten at a time, while something is wrong that a new token does not mend; and installations that are lost for good when every read and
write of the store fails for ${STORE_DOWN_MS / 1_000} s, just after HighLevel has rotated their tokens. A new instance on the same store then renews each once more.`,
  async measure(bench) {
    const count = bench.size(1_000, 50);
    return { lines: [...(await callsUnder(bench, count)), ...(await losses(bench))] };
  },
};

const callsUnder = async (bench, count) => {
  const high = await bench.highLevel();
  await high.ask('latency', { apiMs: 2, tokenMs: 10 });
  const entries = [];
  for (const contender of CONTENDERS) {
    const places = await high.ask('install', { count: FAULTS.length });
    const process = await bench.process();
    await process.ask('open', { ...contender, world: { ...high.world, places } });
    entries.push({ ...contender, process, places });
  }
  await delay(5_500);
  const lines = [];
  for (const [index, { what, target, begin, end }] of FAULTS.entries())
    for (const { name, process, places } of entries) {
      const { locationId } = places[index];
      await begin(high, locationId);
      const mark = await high.ask('mark');
      await process.ask('requests', { locationId, count });
      const { refreshes, otherCredentialCalls } = await high.ask('since', { mark });
      await end(high);
      const others = otherCredentialCalls > 0 ? `, and ${otherCredentialCalls} to Reconnect` : '';
      const figure = `${refreshes.toLocaleString('en-US')}${others}`;
      lines.push(line({ what, contender: name, figure, ...(name === THIS.name && { target, value: refreshes }) }));
    }
  for (const { process } of entries) await process.end();
  await high.end();
  return lines;
};

const losses = async (bench) => {
  const count = bench.size(50, 5);
  const lines = [];
  for (const { name, file } of WITH_STORE) {
    const high = await bench.highLevel();
    await high.ask('setReconnect', { mode: 'removed' });
    const places = await high.ask('install', { count });
    const locationIds = places.map(({ locationId }) => locationId);
    const process = await bench.process();
    await process.ask('openOnFaultyStore', { file, world: { ...high.world, places } });
    await delay(5_500);
    await high.ask('killAccessTokens', { locationIds });
    await high.ask('latency', { tokenMs: 400 });
    await process.ask('rotateWhileTheStoreFails', { locationIds });
    await high.ask('latency', { tokenMs: 10 });
    await process.ask('startAnew');
    const renewed = await process.ask('renewEach', { locationIds });
    await process.end();
    await high.end();
    const isOurs = name === THIS.name;
    lines.push(
      line({
        what: `lost of ${count}, when the store fails after a rotation`,
        contender: name,
        figure: String(count - renewed),
        ...(isOurs && { target: TARGETS.lost, value: count - renewed }),
      }),
    );
  }
  return lines;
};

let contender;
let store;
let again;

/** Lets a store fail while it is down. */
const faulty = (inner, methods) => {
  const state = { isDown: false };
  for (const method of methods) {
    const work = inner[method].bind(inner);
    inner[method] = async (...given) => {
      if (state.isDown) throw new Error('the store is down');
      return work(...given);
    };
  }
  return { state, inner };
};

const STORES = {
  'this-module': async () => {
    const { InMemoryRepository } = await import('nestjs-ghl-auth');
    const made = faulty(new InMemoryRepository(), ['find', 'save', 'list', 'remove']);
    return { ...made, given: { repository: made.inner } };
  },
  'vendor-sdk': async () => {
    const { MemorySessionStorage } = await import('@gohighlevel/api-client');
    const made = faulty(new MemorySessionStorage(), ['getSession', 'setSession', 'getAccessToken', 'getRefreshToken']);
    return { ...made, given: { storage: made.inner } };
  },
};

const isDone = (work) =>
  work.then(
    () => true,
    () => false,
  );

export const tasks = {
  async open({ file, given = {}, world }) {
    const { open } = await import(`../contenders/${file}.js`);
    contender = await open({ ...world, ...given });
    for (const { locationId } of world.places) await contender.request(locationId);
  },

  requests: ({ locationId, count }) => stream(() => contender.request(locationId), { count, width: 10 }),

  async openOnFaultyStore({ file, world }) {
    store = await STORES[file]();
    const { open } = await import(`../contenders/${file}.js`);
    again = () => open({ ...world, ...store.given, isFirst: false });
    contender = await open({ ...world, ...store.given });
    for (const { locationId } of world.places) await contender.request(locationId);
  },

  /** The store goes down while HighLevel's answers are under way, and comes back a little later. */
  async rotateWhileTheStoreFails({ locationIds }) {
    const underWay = Promise.all(locationIds.map((locationId) => isDone(contender.request(locationId))));
    await delay(200);
    store.state.isDown = true;
    await delay(STORE_DOWN_MS);
    store.state.isDown = false;
    await underWay;
    await delay(3_000);
  },

  async startAnew() {
    await contender.close();
    contender = await again();
  },

  /** Whether the refresh tokens that the store holds are any good. */
  async renewEach({ locationIds }) {
    const ends = await Promise.all(locationIds.map((locationId) => isDone(contender.renew(locationId))));
    return ends.filter((isRenewed) => isRenewed).length;
  },
};
