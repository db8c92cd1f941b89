import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { atLeast, atMost, beside, figure, line, plain } from '../harness/figures.js';
import { median, ratios, rotated } from '../harness/statistics.js';

const TARGETS = {
  await: atMost(
    3,
    '≤ 3 × a bare `await`',
    'A cached token costs a look at the clock and one promise; the rest is the look-up.',
  ),
  map: atMost(
    1.5,
    '≤ 1.5 × a bare Map, awaited',
    'The Map holds bare tokens. The module also has to look at the clock and at the entry that says how long the token may be served, which is one more place in memory that is not in the processor’s cache.',
  ),
  vendor: atLeast(5, '≥ 5 × ahead', 'Both pay for one promise, which neither can be faster than.'),
  reads: atMost(0, '0', 'The cache holds less than what is in use.'),
};

const MANY = 100_000;
const THIS = 'this module';
const AGAIN = 'this module, again';
const VENDOR = '@gohighlevel/api-client';

/** A look into the store a minute, in the background, is the default: it is kept out of what is measured. */
const RESTFUL = { lookAgainMs: 3_600_000 };

const ONE_ID = [
  { name: 'a bare `await`', file: 'bare', given: { isAwaitOnly: true } },
  { name: 'a bare Map, awaited', file: 'bare' },
  { name: '@smithy memoize, the floor', file: 'memoize' },
  { name: 'google-auth-library', file: 'google-auth-library' },
  { name: 'simple-oauth2', file: 'simple-oauth2' },
  { name: '@badgateway/oauth2-client', file: 'badgateway' },
  { name: VENDOR, file: 'vendor-sdk' },
  { name: THIS, file: 'this-module', given: { options: { cache: RESTFUL } } },
  { name: AGAIN, file: 'this-module', given: { options: { cache: RESTFUL } } },
];
const ROOMY = { options: { cache: { ...RESTFUL, maxEntries: MANY } } };
const MANY_IDS = [
  { name: 'a bare Map, awaited', file: 'bare' },
  { name: '@smithy memoize, the floor', file: 'memoize' },
  { name: 'google-auth-library', file: 'google-auth-library' },
  { name: '@badgateway/oauth2-client', file: 'badgateway' },
  { name: VENDOR, file: 'vendor-sdk' },
  { name: THIS, file: 'this-module', given: ROOMY },
  { name: AGAIN, file: 'this-module', given: ROOMY },
  { name: 'this module, default cache of 10,000', file: 'this-module', isSlow: true },
];

export const row = {
  title: 'Hot path: an access token that is at hand',
  about: `
Nanoseconds per awaited access token, nothing to renew: for one installation, and for ${MANY.toLocaleString('en-US')} of them in turn. With so many the module is
given \`cache.maxEntries\` to hold them all; its default keeps 10,000, and then every call in turn is a look into the store. By default the module also looks into
the store once a minute for each installation in use, in the background (\`cache.lookAgainMs\`): that is kept out of the measurement.`,
  async measure(bench) {
    const one = await race(bench, ONE_ID, { count: 1, calls: bench.size(10_000, 1_000) });
    const ids = bench.size(MANY, 2_000);
    const many = await race(bench, MANY_IDS, { count: ids, calls: Math.min(ids, 10_000) });
    const inTurn = `${ids.toLocaleString('en-US')} in turn`;
    return {
      lines: [
        ...linesOf('one installation', one, TARGETS.await, 'a bare `await`'),
        ...linesOf(inTurn, many, TARGETS.map, 'a bare Map, awaited'),
      ],
    };
  },
};

/** All contenders, each in a process of its own, in turns. */
const race = async (bench, contenders, { count, calls }) => {
  const entries = await inTurn(contenders, async (contender) => {
    const process = await bench.process({
      nodeOptions: ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
    });
    await process.ask('open', { ...contender, count });
    return { ...contender, process, ns: [] };
  });
  for (const { process, isSlow } of entries) await process.ask('round', { batches: isSlow ? 1 : 20, calls });
  for (let round = 0; round < bench.size(30, 3); round += 1) {
    for (const { process, ns, isSlow } of rotated(entries, round)) {
      if (isSlow && round >= 3) continue;
      ns.push(median(await process.ask('round', { batches: isSlow ? 2 : 10, calls })));
    }
  }
  return inTurn(entries, async ({ process, ...entry }) => {
    const counted = await process.ask('count', { calls });
    await process.end();
    return { ...entry, ...counted };
  });
};

const linesOf = (what, entries, target, reference) => {
  const of = (name) => entries.find((entry) => entry.name === name);
  const lines = entries.map((entry) => {
    const compared = ratios(entry.ns, of(reference).ns);
    const isJudged = entry.name === THIS || entry.name === AGAIN;
    return line({
      what,
      contender: entry.name,
      figure: `${figure(entry.ns, 'ns')}, ${Math.round(entry.bytes)} B`,
      beside: entry.name === reference ? '' : beside(compared, reference),
      ...(isJudged && { target, value: compared }),
    });
  });
  const ahead = ratios(of(VENDOR).ns, of(THIS).ns);
  const { reads } = of(THIS);
  return [
    ...lines,
    line({
      what,
      contender: THIS,
      figure: beside(ahead, 'faster than the vendor’s SDK'),
      target: TARGETS.vendor,
      value: ahead,
    }),
    line({
      what: `${what}: reads of the store`,
      contender: THIS,
      figure: plain(reads),
      target: TARGETS.reads,
      value: reads,
    }),
  ];
};

const inTurn = async (list, work) => {
  const done = [];
  for (const one of list) done.push(await work(one));
  return done;
};

const EXPIRES_IN_MS = 86_400_000;
const WORLD = {
  baseUrl: 'http://127.0.0.1:9',
  client: { clientId: '65f0c1a2b3c4d5e6f7a8b9c0-bench', clientSecret: 'not-used' },
  scopes: ['contacts.readonly'],
  redirectUri: 'https://backend.example.com/oauth/callback',
};
/** As long as HighLevel's. */
const newToken = () => randomBytes(525).toString('base64url');

let contender;
let ids;
let store;
let next = 0;

export const tasks = {
  async open({ file, given = {}, count }) {
    ids = Array.from({ length: count }, (_, index) => `location${String(index).padStart(12, '0')}`);
    const { open, counting } = await import(`../contenders/${file}.js`);
    contender = await open({
      ...WORLD,
      ...given,
      ...(await (file === 'this-module' ? inStore(counting) : inMemory())),
    });
    for (const id of ids) await contender.token(id);
  },

  /** @returns nanoseconds per call, of each batch */
  async round({ batches, calls }) {
    const ns = [];
    for (let batch = 0; batch < batches; batch += 1) {
      const began = performance.now();
      await take(calls);
      ns.push(((performance.now() - began) * 1e6) / calls);
    }
    return ns;
  },

  /** @returns bytes allocated and reads of the store, per call; the young generation is large enough to hold what the calls leave behind */
  async count({ calls }) {
    const before = store?.reads.count ?? 0;
    await take(calls);
    const reads = ((store?.reads.count ?? 0) - before) / calls;
    globalThis.gc();
    const { heapUsed } = process.memoryUsage();
    await take(calls);
    return { bytes: (process.memoryUsage().heapUsed - heapUsed) / calls, reads };
  },
};

const take = async (calls) => {
  let characters = 0;
  for (let call = 0; call < calls; call += 1) {
    characters += (await contender.token(ids[next])).length;
    next = next + 1 === ids.length ? 0 : next + 1;
  }
  if (characters < calls) throw new Error('There were no tokens');
};

const inMemory = () => ({
  places: ids.map((locationId) => ({ locationId, companyId: 'c', accessToken: newToken(), refreshToken: newToken() })),
});

const inStore = async (counting) => {
  const { weightlessRepository } = await import('../harness/weightless-repository.js');
  store = counting(
    await weightlessRepository({ ...WORLD, expiresAt: new Date(Date.now() + EXPIRES_IN_MS), token: newToken() }),
  );
  return { repository: store.repository };
};
