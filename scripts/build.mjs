// Builds the package twice, as ES modules and as CommonJS, each with its own declarations.
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { minify } from 'terser';
import { neededDeclarations, publicDeclarations, withoutComments } from './public-declarations.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

function compile(project) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}

process.chdir(new URL('..', import.meta.url).pathname);
await rm('dist', { recursive: true, force: true });
const results = await Promise.all([compile('tsconfig.esm.json'), compile('tsconfig.cjs.json')]);
if (results.includes(false)) {
  console.error('Build failed.');
  process.exit(1);
}
// Doc comments belong to the declarations; what is loaded is made small. Names of functions, classes and members stay, and a line for
// each statement, so that stack traces still say where.
// Of functions, what is short says little in a stack trace, and its export keeps its name anyway.
const names = () => ({ keep_fnames: /^.{11,}$/, keep_classnames: true });
for (const entry of await readdir('dist', { recursive: true })) {
  if (!entry.endsWith('.js')) continue;
  const file = `dist/${entry}`;
  const { code } = await minify(await readFile(file, 'utf8'), {
    ecma: 2022,
    module: entry.startsWith('esm'),
    compress: { ...names(), passes: 3 },
    // What is not exported is a file's own, in CommonJS too.
    mangle: { ...names(), toplevel: true },
    format: { semicolons: false },
  });
  await writeFile(file, code);
}
const ENTRIES = ['index', 'config', 'postgres', 'testing'];
// Nor do declarations that no compiler reads belong into the package, or comments on what nobody can import.
for (const format of ['esm', 'cjs']) {
  const inFormat = (name) => `dist/${format}/${name}`;
  const names = (await readdir(`dist/${format}`, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  const entries = ENTRIES.map((name) => inFormat(`${name}.d.ts`));
  const [seen, needed] = [await publicDeclarations(entries), await neededDeclarations(entries)];
  for (const file of names.map(inFormat)) {
    if (!needed.has(file)) await rm(file);
    else if (!seen.has(file)) await writeFile(file, withoutComments(file, await readFile(file, 'utf8')));
  }
}
for (const [folder, type] of [
  ['dist/esm', 'module'],
  ['dist/cjs', 'commonjs'],
]) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, `{ "type": "${type}" }\n`);
}
