// The benchmarks: `npm run bench`, or `npm run bench -- [row …] [--quick] [--out FILE]`.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './harness/bench.js';
import { machine } from './harness/machine.js';
import { prepare } from './harness/prepare.js';
import { pageOf, textOf } from './harness/report.js';

const PAGE = join(import.meta.dirname, '../../docs/benchmarks.md');
const ORDER = ['hot-path', 'per-request', 'storm', 'neighbours', 'faults', 'memory', 'start-and-size'];

/** Every file of rows/ is a row; those that the order does not name come last. */
const allRows = async () => {
  const names = (await readdir(join(import.meta.dirname, 'rows'))).map((file) => file.replace(/\.js$/, ''));
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return names.sort((one, other) => place(one) - place(other));
};

const chosenRows = async (wanted) => {
  const all = await allRows();
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  return all.filter((name) => wanted.length === 0 || wanted.includes(name));
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const names = await chosenRows(positionals);
const began = performance.now();
const bench = new Bench({ isQuick: options.quick, packed: await prepare() });
const results = [];
try {
  for (const name of names) {
    console.log(`\n… ${name}`);
    const url = new URL(`rows/${name}.js`, import.meta.url);
    const { row } = await import(url);
    const result = { row, ...(await row.measure(bench.forRow(url))) };
    results.push(result);
    console.log(textOf(result));
  }
} finally {
  await bench.close();
}

// Part of the rows, or small sizes, are nothing to publish.
const isWhole = positionals.length === 0 && !options.quick;
const file = options.out ?? (isWhole ? PAGE : undefined);
const minutes = Math.ceil((performance.now() - began) / 60_000);
if (file !== undefined) {
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(file, pageOf({ results, machine: machine(), minutes, date }));
  console.log(`\nWritten to ${file} in ${minutes} minutes.`);
}
