import 'reflect-metadata';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { lastValueFrom } from 'rxjs';
import { atLeast, atMost, beside, figure, line } from '../harness/figures.js';
import { API_PATH, API_VERSION, keepAliveAgent, stream } from '../harness/load.js';
import { differences, median, quantile, ratios, rotated } from '../harness/statistics.js';

const WHY =
  'Each request gets a config and headers of its own, so that no interceptor, error or log ever sees the token, a look at where it goes, and one more promise.';
const TARGETS = {
  throughput: atLeast(0.97, '≥ 0.97', WHY),
  cpu: atMost(10, '≤ + 10 µs', WHY),
};

/** Each of the module's two faces, beside what a host would use without the module. */
const PAIRS = [
  { what: 'Nest’s `HttpService`', plain: 'nest', ours: 'service', label: '`GhlHttpService`' },
  { what: 'axios', plain: 'axios', ours: 'attached', label: 'axios with `attach()`' },
];

export const row = {
  title: 'Per request: what the module adds to a call',
  about: `
\`GET /contacts/\` with a token that is good: through the module's service beside Nest's own \`HttpService\`, and through an axios that the module is attached to beside
the same axios without. The plain ones are handed the token. 64 requests at a time; throughput as a share of the plain one's, and CPU time of the process.`,
  async measure(bench) {
    const high = await bench.highLevel();
    const places = await high.ask('install', { count: 1 });
    const entries = new Map();
    for (const { plain, ours } of PAIRS)
      for (const [name, kind] of [
        [plain, plain],
        [`${plain} again`, plain],
        [ours, ours],
      ]) {
        const process = await bench.process();
        await process.ask('open', { kind, world: { ...high.world, places } });
        entries.set(name, { process, perSecond: [], cpu: [] });
      }
    const count = bench.size(1_000, 100);
    for (const { process } of entries.values()) await process.ask('round', { count });
    for (let round = 0; round < bench.size(30, 3); round += 1) {
      for (const { process, perSecond, cpu } of rotated([...entries.values()], round)) {
        const one = await process.ask('round', { count });
        perSecond.push(one.perSecond);
        cpu.push(one.cpuMicros);
      }
    }
    for (const { process } of entries.values()) await process.end();
    await high.end();
    return { lines: PAIRS.flatMap((pair) => linesOf(pair, entries)) };
  },
};

const linesOf = ({ what, plain, ours, label }, entries) => {
  const [bare, again, with_] = [plain, `${plain} again`, ours].map((name) => entries.get(name));
  const control = ratios(again.perSecond, bare.perSecond);
  const share = ratios(with_.perSecond, bare.perSecond);
  const isWithin = median(share) >= quantile(control, 0.1);
  const added = differences(with_.cpu, bare.cpu);
  const perSecond = ({ perSecond: values }) => figure(values, 'a second');
  const cpu = ({ cpu: values }) => figure(values, 'µs CPU');
  return [
    line({ what: `beside ${what}`, contender: what, figure: `${perSecond(bare)}, ${cpu(bare)}` }),
    line({
      what: `beside ${what}`,
      contender: `${what}, again`,
      figure: `${perSecond(again)}, ${cpu(again)}`,
      beside: beside(control, 'as many'),
    }),
    line({
      what: `beside ${what}`,
      contender: label,
      figure: `${perSecond(with_)}, ${cpu(with_)}`,
      beside: `${beside(share, 'as many')}${isWithin ? ', within the spread of the control' : ''}`,
      target: TARGETS.throughput,
      value: share,
    }),
    line({
      what: `beside ${what}: CPU added`,
      contender: label,
      figure: figure(added, 'µs'),
      target: TARGETS.cpu,
      value: added,
    }),
  ];
};

let send;

const HANDLERS = {
  nest: ({ baseUrl, places: [{ locationId, accessToken }] }) => {
    const service = new HttpService(axios.create({ baseURL: baseUrl, httpAgent: keepAliveAgent() }));
    const headers = { Authorization: `Bearer ${accessToken}`, Version: API_VERSION };
    return async () => (await lastValueFrom(service.get(API_PATH, { params: { locationId }, headers }))).status;
  },
  axios: ({ baseUrl, places: [{ locationId, accessToken }] }) => {
    const http = axios.create({ baseURL: baseUrl, httpAgent: keepAliveAgent() });
    const headers = { Authorization: `Bearer ${accessToken}`, Version: API_VERSION };
    return async () => (await http.get(API_PATH, { params: { locationId }, headers })).status;
  },
  service: async (world) => {
    const [{ locationId }] = world.places;
    const { http } = await openModule(world);
    return async () =>
      (await lastValueFrom(http.get(API_PATH, { params: { locationId }, ghl: { locationId } }))).status;
  },
  attached: async (world) => {
    const [{ locationId }] = world.places;
    const { interceptor } = await openModule(world);
    const http = axios.create({ baseURL: world.baseUrl, httpAgent: keepAliveAgent() });
    interceptor.attach(http, { resolve: ({ params }) => ({ locationId: params.locationId }) });
    return async () => (await http.get(API_PATH, { params: { locationId } })).status;
  },
};

const openModule = async (world) => (await import('../contenders/this-module.js')).open(world);

export const tasks = {
  async open({ kind, world }) {
    send = await HANDLERS[kind](world);
  },

  async round({ count }) {
    const before = process.cpuUsage();
    const { began, ended, answered } = await stream(send, { count, width: 64 });
    const { user, system } = process.cpuUsage(before);
    if (answered !== count) throw new Error(`${answered} of ${count} requests were answered`);
    return { perSecond: (count * 1_000) / (ended - began), cpuMicros: (user + system) / count };
  },
};
