import { atMost, line, plain } from '../harness/figures.js';
import { stream } from '../harness/load.js';

const TARGETS = {
  bounded: atMost(1.1, 'no more than after 20,000 (≤ 1.1 ×)'),
  day: atMost(0.02, 'no growth: ≤ 2 %'),
};

const IN_USE = 100_000;
const SOME = 20_000;
const THIS = 'this module';

const STEP_MS = 30 * 60_000;
const STEPS_A_DAY = 48;
const DAY_INSTALLATIONS = 200;

export const row = {
  title: 'Memory',
  about: `
Heap after a garbage collection, beyond that of the started application. Many installations: each is asked for a token once, from a store that takes no memory itself, so that
what is left is the module's. A day: ${DAY_INSTALLATIONS} installations called every half hour on a clock that runs ahead, with the refresh job; the second of two days, in which every
token is renewed.`,
  async measure(bench) {
    return { lines: [...(await many(bench)), ...(await day(bench))] };
  },
};

const GC = { nodeOptions: ['--expose-gc'] };
const MB = (bytes) => `${plain(bytes / 1e6)} MB`;

const many = async (bench) => {
  const [inUse, some] = bench.isQuick ? [30_000, 15_000] : [IN_USE, SOME];
  const measure = async (given, counts) => {
    const process = await bench.process(GC);
    await process.ask('open', given);
    const heaps = [];
    for (const count of counts) heaps.push(await process.ask('use', { count }));
    await process.end();
    return heaps;
  };
  const [afterSome, afterAll] = await measure({ file: 'this-module' }, [some, inUse]);
  const [roomy] = await measure({ file: 'this-module', given: { options: { cache: { maxEntries: inUse } } } }, [inUse]);
  const [vendor] = await measure({ file: 'vendor-sdk' }, [inUse]);
  const what = `${inUse.toLocaleString('en-US')} installations in use`;
  const each = (bytes) => `${MB(bytes)}, ${Math.round(bytes / inUse)} B each`;
  return [
    line({
      what,
      contender: `${THIS}, defaults: at most 10,000 in memory`,
      figure: MB(afterAll),
      beside: `${plain(afterAll / afterSome)} × what it was after ${some.toLocaleString('en-US')}`,
      target: TARGETS.bounded,
      value: afterAll / afterSome,
    }),
    line({ what, contender: `${THIS}, \`cache.maxEntries\` for all`, figure: each(roomy) }),
    line({ what, contender: '@gohighlevel/api-client, sessions in memory, which is its store', figure: each(vendor) }),
  ];
};

const day = async (bench) => {
  const count = bench.size(DAY_INSTALLATIONS, 20);
  const high = await bench.highLevel({ clock: 'manual' });
  const places = await high.ask('install', { count });
  const process = await bench.process(GC);
  await process.ask('openForDays', { world: { ...high.world, places } });
  const heaps = [];
  let answered = 0;
  const mark = await high.ask('mark');
  for (let step = 1; step <= 2 * STEPS_A_DAY; step += 1) {
    await high.ask('advance', { ms: STEP_MS });
    answered += (await process.ask('step', { ms: STEP_MS })).answered;
    if (step % STEPS_A_DAY === 0) heaps.push(await process.ask('heap'));
  }
  const { refreshes } = await high.ask('since', { mark });
  await process.end();
  await high.end();
  const asked = 2 * STEPS_A_DAY * count;
  if (answered !== asked) throw new Error(`${answered} of ${asked} requests were answered`);
  const [first, second] = heaps;
  return [
    line({
      what: `a day, ${(asked / 2).toLocaleString('en-US')} requests, ${Math.round(refreshes / 2)} renewals`,
      contender: THIS,
      figure: `${MB(first)} before, ${MB(second)} after`,
      beside: `${plain((100 * (second - first)) / first)} %`,
      target: TARGETS.day,
      value: (second - first) / first,
    }),
  ];
};

const WORLD = {
  baseUrl: 'http://127.0.0.1:9',
  client: { clientId: '65f0c1a2b3c4d5e6f7a8b9c0-bench', clientSecret: 'not-used' },
  scopes: ['contacts.readonly'],
  redirectUri: 'https://backend.example.com/oauth/callback',
};
const TOKEN = 'x'.repeat(680);
const idOf = (index) => `location${String(index).padStart(12, '0')}`;

let contender;
let put;
let before = 0;
let used = 0;
let clock;
let job;
let ids;

const heap = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

export const tasks = {
  async open({ file, given = {} }) {
    const { open } = await import(`../contenders/${file}.js`);
    if (file === 'this-module') {
      const { weightlessRepository } = await import('../harness/weightless-repository.js');
      const expiresAt = new Date(Date.now() + 86_400_000);
      const repository = await weightlessRepository({ ...WORLD, expiresAt, token: TOKEN });
      contender = await open({ ...WORLD, ...given, repository });
      put = (id) => contender.token(id);
    } else {
      contender = await open(WORLD);
      // As a host hands over what HighLevel answered: text of its own for every session.
      const session = (id) =>
        JSON.parse(
          JSON.stringify({
            access_token: TOKEN + id,
            refresh_token: TOKEN + id,
            expires_in: 86_399,
            userType: 'Location',
            locationId: id,
          }),
        );
      put = (id) => contender.sessions.setSession(id, session(id));
    }
    await put('the-first');
    before = heap();
  },

  /** Uses installations up to the given number. @returns how much the heap has grown since the start */
  async use({ count }) {
    for (; used < count; used += 1) await put(idOf(used));
    return heap() - before;
  },

  async openForDays({ world }) {
    const { ManualClock } = await import('nestjs-ghl-auth/testing');
    const { RefreshJob } = await import('nestjs-ghl-auth');
    clock = new ManualClock();
    const { open } = await import('../contenders/this-module.js');
    contender = await open({ ...world, clock });
    job = contender.nest.get(RefreshJob);
    ids = world.places.map(({ locationId }) => locationId);
  },

  async step({ ms }) {
    await clock.advance(ms);
    await job.runOnce();
    let next = 0;
    return stream(() => contender.request(ids[next++]), { count: ids.length, width: 16 });
  },

  heap,
};
