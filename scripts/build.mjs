// Builds the package twice, as ES modules and as CommonJS, each with its own declarations.
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

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
for (const [folder, type] of [
  ['dist/esm', 'module'],
  ['dist/cjs', 'commonjs'],
]) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/package.json`, `{ "type": "${type}" }\n`);
}
