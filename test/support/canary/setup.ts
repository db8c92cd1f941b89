import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import { canary } from './canary.js';

/** The file that runs, as one reads it. */
const file = expect.getState().testPath ?? '';
const source = readFileSync(file, 'utf8');
const isOfProject = (...names: string[]): boolean => names.some((name) => file.includes(`/test/${name}/`));

// What decides without talking, and what tests the built package, has no secrets of the simulator.
if (!file.includes('/speed/') && /support\/|lib\/(testing|index|engine)/.test(source)) await import('./watch-engine.js');
// Where time is compared, looking would be what is measured.
if (isOfProject('integration') && !file.includes('/speed/')) await import('./watch-nest.js');

const restores: (() => void)[] = [];
for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    canary.look(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'));
    return write(chunk, ...rest);
  };
  restores.push(() => (stream.write = write));
}
for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const) {
  const print = console[name].bind(console) as (...line: unknown[]) => void;
  console[name] = (...line: unknown[]) => {
    canary.look(`console.${name}`, line);
    print(...line);
  };
}

const assertNoLeaks = (): void => {
  const { count, told } = canary.takeLeaks();
  if (count === 0) return;
  const lines = told.map(({ where, form, what, test }) => `- ${where} (${form}), in "${test}": ${what}`);
  throw new Error(`A secret got out, in ${count} places:\n${lines.join('\n')}`);
};

beforeEach(() => {
  canary.test = expect.getState().currentTestName ?? '';
});
afterEach(assertNoLeaks);
afterAll(() => {
  for (const restore of restores) restore();
  const { secrets, values, characters, places } = canary.counts;
  const report = process.env['CANARY_REPORT'];
  const line = { file: relative(process.cwd(), file), secrets, values, characters, places: Object.fromEntries(places) };
  if (report !== undefined) appendFileSync(report, `${JSON.stringify(line)}\n`);
  assertNoLeaks();
});
