import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { atMost, figure, line, plain } from '../harness/figures.js';
import { differences, rotated } from '../harness/statistics.js';

const TARGETS = {
  added: atMost(50, '≤ 50 ms', 'The time goes into reading and compiling its modules, one file each.'),
  lazy: atMost(0, 'only for the environment'),
  entry: atMost(60, '≤ 60 kB'),
  tarball: atMost(300, '≤ 300 kB'),
};

const BY_OPTIONS = 'configured by options';
const BY_ENVIRONMENT = 'configured by the environment';
const BOOTS = {
  'a Nest application with axios': { isPlain: true },
  'a Nest application with axios, again': { isPlain: true },
  'a Nest application with axios and class-validator': { isPlain: true, withValidator: true },
  [BY_OPTIONS]: {},
  [BY_ENVIRONMENT]: { withValidator: true, byEnvironment: true },
};
const BESIDE = {
  [BY_OPTIONS]: 'a Nest application with axios',
  [BY_ENVIRONMENT]: 'a Nest application with axios and class-validator',
};

export const row = {
  title: 'Start and size',
  about: `
From the first import until the application context stands, in a new process each time: with the module, and without it but with what it stands on. Configured by options, it does
not load class-validator. Size is that of the ES modules that the main entry loads, gzipped together, and of the tarball.`,
  async measure(bench) {
    const boots = Object.fromEntries(Object.keys(BOOTS).map((name) => [name, { ms: [], loaded: 0 }]));
    for (let round = 0; round < bench.size(15, 2); round += 1)
      for (const name of rotated(Object.keys(BOOTS), round)) {
        const process = await bench.process();
        const { ms, hasValidator } = await process.ask('boot', BOOTS[name]);
        await process.end();
        boots[name].ms.push(ms);
        if (hasValidator) boots[name].loaded += 1;
      }
    return { lines: [...startLines(boots), ...(await sizeLines(bench.packed))] };
  },
};

const startLines = (boots) => {
  const lines = Object.entries(boots).map(([name, { ms }]) => {
    const reference = BESIDE[name];
    const added = reference && differences(ms, boots[reference].ms);
    return line({
      what: 'start',
      contender: reference ? `with the module, ${name}` : name,
      figure: figure(ms, 'ms'),
      ...(added && { beside: `+ ${figure(added, 'ms')}`, target: TARGETS.added, value: added }),
    });
  });
  const { loaded } = boots[BY_OPTIONS];
  const what = 'class-validator loaded';
  const shown = loaded === 0 ? 'no' : 'yes';
  return [
    ...lines,
    line({ what, contender: `with the module, ${BY_OPTIONS}`, figure: shown, target: TARGETS.lazy, value: loaded }),
  ];
};

/** As the packaging tests measure it. */
const sizeLines = async ({ moduleFolder, tarballBytes }) => {
  const { reachable } = await import('../../packaging/support/reachable.ts');
  const { files } = reachable(join(moduleFolder, 'dist/esm/index.js'));
  const entry = gzipSync(files.map((file) => readFileSync(file, 'utf8')).join('\n')).length / 1_000;
  const tarball = tarballBytes / 1_000;
  return [
    line({
      what: 'main entry, gzipped',
      contender: 'this module',
      figure: `${plain(entry)} kB`,
      target: TARGETS.entry,
      value: entry,
    }),
    line({
      what: 'tarball',
      contender: 'this module',
      figure: `${plain(tarball)} kB`,
      target: TARGETS.tarball,
      value: tarball,
    }),
  ];
};

const OPTIONS = {
  clients: [{ clientId: '65f0c1a2b3c4d5e6f7a8b9c0-bench', clientSecret: 'not-used' }],
  redirectUri: 'https://backend.example.com/oauth/callback',
  scopes: ['contacts.readonly'],
};
const ENVIRONMENT = {
  GHL_CLIENT_ID: OPTIONS.clients[0].clientId,
  GHL_CLIENT_SECRET: OPTIONS.clients[0].clientSecret,
  GHL_REDIRECT_URI: OPTIONS.redirectUri,
  GHL_SCOPES: OPTIONS.scopes[0],
};

export const tasks = {
  async boot({ isPlain = false, withValidator = false, byEnvironment = false }) {
    if (byEnvironment) Object.assign(process.env, ENVIRONMENT);
    const began = performance.now();
    await import('reflect-metadata');
    const { Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { HttpModule } = await import('@nestjs/axios');
    if (withValidator) await import('class-validator');
    const imports = [HttpModule];
    if (!isPlain) {
      const { GhlAuthModule, InMemoryRepository } = await import('nestjs-ghl-auth');
      const repository = { useClass: InMemoryRepository };
      imports.push(GhlAuthModule.forRoot({ repository, job: { enabled: false }, ...(byEnvironment ? {} : OPTIONS) }));
    }
    class App {}
    Module({ imports })(App);
    await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    const ms = performance.now() - began;
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    return { ms, hasValidator: loaded.some((file) => file.includes('/class-validator/')) };
  },
};
