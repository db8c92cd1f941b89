// `npm run test:mutations`: takes one promise after another out of a copy of lib/, and shows that a test fails. Ends with 0 only if each was missed.
import { parseArgs } from 'node:util';
import { copyTree } from './support/copy.mjs';
import { runJest } from './support/jest.mjs';
import { apply, problemsOf, readPatches } from './support/patches.mjs';

const HELP = `npm run test:mutations -- [--only NN[,NN…]] [--all] [--leaks] [--check]

  --only   these mutations, by number
  --all    runs the whole unit project against each, in place of the test files that its head names
  --leaks  the planted leaks of test/leaks instead, each of which the canary has to find, in tests that are about something else
  --check  runs nothing: says whether every patch applies still, in one place, and how many there are`;

/** Of one run: a mutation may make a test wait for ever. */
const LIMIT_MS = 180_000;
const LIMIT_OF_ALL_MS = 1_800_000;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    all: { type: 'boolean', default: false },
    leaks: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
const numbers = values.only?.split(',');
const patches = readPatches(values.leaks ? 'test/leaks' : 'test/mutations').filter(
  ({ number }) => numbers === undefined || numbers.includes(number),
);

if (values.help || patches.length === 0) console.log(HELP);
else if (values.check) check();
else await run();

function check() {
  const problems = patches.flatMap((patch) => problemsOf(patch).map((problem) => `${patch.name}: ${problem}`));
  for (const problem of problems) console.log(problem);
  console.log(`${patches.length} patches, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}

async function run() {
  const began = Date.now();
  const copy = copyTree();
  process.on('exit', () => copy.remove());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const known = await unmutated(copy.where);
  const survived = [];
  for (const patch of patches) {
    const verdict = await mutated(copy, patch, known);
    console.log(`${patch.name}: ${verdict.text}`);
    if (!verdict.isCaught) survived.push(patch.name);
  }
  const caught = patches.length - survived.length;
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  console.log(
    `\n${caught} of ${patches.length} ${values.leaks ? 'leaks' : 'mutations'} were caught, in ${minutes} minutes.`,
  );
  if (survived.length > 0) {
    console.log(`Not caught: ${survived.join(', ')}`);
    process.exitCode = 1;
  }
}

/** The same tests on the code as it is: what fails there already catches nothing. @returns the tests that fail */
async function unmutated(where) {
  const tests = values.all ? [] : [...new Set(patches.flatMap(({ tests }) => tests))];
  const report = await runJest(where, tests, LIMIT_OF_ALL_MS);
  if (report === null) throw new Error('Without any mutation the tests do not come to an end');
  const { failed, broken, passed } = report;
  for (const { file, message } of broken) throw new Error(`Without any mutation ${file} does not run: ${message}`);
  console.log(`Without any mutation: ${passed} tests pass, ${failed.length} fail.`);
  for (const { test, file } of failed) console.log(`  NOT GREEN: ${test} (${file})`);
  return new Set(failed.map(({ test }) => test));
}

/** What the tests say to one mutation. Only a test that fails where it passed before catches it, not one that cannot run. */
async function mutated(copy, patch, known) {
  const refusal = apply(patch, copy.where);
  if (refusal !== null) return { isCaught: false, text: `does not apply: ${refusal}` };
  const began = Date.now();
  try {
    const report = await runJest(copy.where, values.all ? [] : patch.tests, values.all ? LIMIT_OF_ALL_MS : LIMIT_MS);
    const seconds = ((Date.now() - began) / 1_000).toFixed(1);
    if (report === null) return { isCaught: false, text: `DID NOT END within ${seconds} s` };
    const [broken] = report.broken;
    if (broken !== undefined) return { isCaught: false, text: `DOES NOT RUN: ${broken.file}: ${broken.message}` };
    const news = report.failed.filter(({ test }) => !known.has(test));
    const [first, ...others] = news.filter(({ isAccident, isOfCanary }) => (values.leaks ? isOfCanary : !isAccident));
    if (first !== undefined) {
      const more = others.length === 0 ? '' : `, and by ${others.length} more`;
      return { isCaught: true, text: `caught by "${first.test}" in ${seconds} s${more}` };
    }
    if (news.length > 0) return { isCaught: false, text: `FAILED BY ACCIDENT: ${news[0].test}` };
    return { isCaught: false, text: `SURVIVED ${report.passed} tests in ${seconds} s` };
  } finally {
    copy.restore(patch.files);
  }
}
