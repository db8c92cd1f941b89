// Builds the package twice, as ES modules and as CommonJS, each with its own declarations.
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import ts from 'typescript';

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
// Doc comments belong to the declarations; in the code that is loaded they would be a third of its size.
for (const entry of await readdir('dist', { recursive: true })) {
  if (!entry.endsWith('.js')) continue;
  const file = `dist/${entry}`;
  const module = entry.startsWith('esm') ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module, removeComments: true };
  await writeFile(
    file,
    ts.transpileModule(await readFile(file, 'utf8'), { fileName: file, compilerOptions }).outputText,
  );
}
for (const [folder, type] of [
  ['dist/esm', 'module'],
  ['dist/cjs', 'commonjs'],
]) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, `{ "type": "${type}" }\n`);
}
