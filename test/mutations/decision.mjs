// `npm run test:mutations:decision`: swaps one operator after another in lib/decision, and runs its tests against each.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { mutantsOf } from './support/operators.mjs';
import { root } from './support/patches.mjs';

const HELP = `npm run test:mutations:decision -- [--only NAME[,NAME…]]

  --only   some files of lib/decision, such as fence`;
/** A mutant that never comes to an end has been noticed, too. */
const LIMIT_MS = 120_000;
/** By the exit code of a run. */
const OUTCOMES = ['survived', 'caught', 'unloadable'];

const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
const names = values.only?.split(',');
const compile = (source) =>
  ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } })
    .outputText;

if (values.help) console.log(HELP);
else await run();

function run() {
  const where = realpathSync(mkdtempSync(join(tmpdir(), 'ghl-auth-decision-')));
  process.on('exit', () => rmSync(where, { recursive: true, force: true }));
  const tests = prepare(where);
  const fateOf = (file) => {
    const isOwn = (test) => test.endsWith(`/${file.replace('.ts', '.test.js')}`);
    const isSlow = (test) => test.endsWith('/never-throws.test.js');
    const groups = [isOwn, (test) => !isOwn(test) && !isSlow(test), isSlow].map((chosen) => tests.filter(chosen));
    for (const group of groups) {
      const fate = group.length === 0 ? 'survived' : outcome(where, group);
      if (fate !== 'survived') return fate;
    }
    return 'survived';
  };
  if (fateOf('') !== 'survived') throw new Error('Without any mutation a test of lib/decision fails');
  const began = Date.now();
  let all = 0;
  let caught = 0;
  for (const file of readdirSync(join(root, 'lib/decision'))) {
    if (names !== undefined && !names.includes(file.replace('.ts', ''))) continue;
    const source = readFileSync(join(root, 'lib/decision', file), 'utf8');
    const compiled = join(where, 'lib/decision', file.replace('.ts', '.js'));
    const mutants = mutantsOf(source).filter(({ code }) => compile(code) !== compile(source));
    const fates = mutants.map(({ code }) => {
      writeFileSync(compiled, compile(code));
      return fateOf(file);
    });
    writeFileSync(compiled, compile(source));
    // What cannot even be loaded is no mutant that a test could catch.
    const valid = mutants.filter((_, index) => fates[index] !== 'unloadable');
    const survived = mutants.filter((_, index) => fates[index] === 'survived');
    all += valid.length;
    caught += valid.length - survived.length;
    const endless = fates.filter((fate) => fate === 'endless').length;
    console.log(
      `${file}: ${valid.length - survived.length} of ${valid.length}${endless > 0 ? `, ${endless} of them endless` : ''}`,
    );
    for (const { line, what } of survived) console.log(`  SURVIVED ${file}:${line}: ${what.replace(/\s+/g, ' ')}`);
  }
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  console.log(
    `\n${caught} of ${all} mutants were caught (${((100 * caught) / all).toFixed(1)} %), in ${minutes} minutes.`,
  );
}

/** Compiles the sources and the tests of lib/decision into a folder. @returns the tests */
function prepare(where) {
  symlinkSync(join(root, 'node_modules'), join(where, 'node_modules'), 'dir');
  writeFileSync(join(where, 'package.json'), '{ "type": "module" }');
  cpSync(join(root, 'test/mutations/support'), join(where, 'support'), { recursive: true });
  const compiled = ['lib', 'test/unit/decision'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => {
        const to = join(where, folder, name.replace(/\.ts$/, '.js'));
        mkdirSync(dirname(to), { recursive: true });
        const source = readFileSync(join(root, folder, name), 'utf8');
        writeFileSync(to, compile(source).replace("'@jest/globals'", JSON.stringify(shimIn(where))));
        return to;
      }),
  );
  return compiled.filter((file) => file.endsWith('.test.js'));
}

function shimIn(where) {
  return join(where, 'support/plain-jest.mjs');
}

function outcome(where, tests) {
  const args = [join(where, 'support/plain-run.mjs'), shimIn(where), ...tests];
  const { status } = spawnSync(process.execPath, args, { cwd: where, timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  return OUTCOMES[status] ?? 'endless';
}
