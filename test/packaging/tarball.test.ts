import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { entries, manifest, packed, root } from './support/packed.js';
import { reachable } from './support/reachable.js';
import { run } from './support/run.js';

const kB = 1000;
const allowed = [
  /^dist\/(esm|cjs)\/.+\.(js|d\.ts)$/,
  /^dist\/(esm|cjs)\/package\.json$/,
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
];
const required = Object.keys(manifest().peerDependencies).filter(
  (name) => !manifest().peerDependenciesMeta[name]?.optional,
);
const installed = (folder: string, ...path: string[]) => join(folder, 'node_modules/nestjs-ghl-auth', ...path);

describe('the tarball', () => {
  it('holds code, declarations, manifests and the documents, and nothing else', () => {
    expect(packed().files.filter((file) => !allowed.some((rule) => rule.test(file)))).toEqual([]);
    expect(packed().files).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'CHANGELOG.md',
        'LICENSE',
        'dist/esm/package.json',
        'dist/cjs/package.json',
      ]),
    );
  });

  it('has the same modules as ES modules and as CommonJS, with the declarations that a compiler reads and no others', () => {
    const modules = (format: string, extension: string) =>
      packed()
        .files.filter((file) => file.startsWith(`dist/${format}/`) && file.endsWith(extension))
        .map((file) => file.slice(`dist/${format}/`.length, -extension.length))
        .sort();
    // The command is a program, which needs one format.
    const isOfCommand = (name: string): boolean => name.startsWith('cli/');
    expect(modules('esm', '.js').filter((name) => !isOfCommand(name))).toEqual(modules('cjs', '.js'));
    expect(modules('esm', '.js').filter(isOfCommand)).toContain('cli/main');
    for (const format of ['esm', 'cjs']) {
      const declared = modules(format, '.d.ts');
      const needed = ['config', 'index', 'postgres', 'testing'].flatMap(
        (entry) => reachable(installed(packed().full, `dist/${format}/${entry}.d.ts`)).files,
      );
      const inFormat = installed(packed().full, `dist/${format}/`);
      expect(declared).toEqual([...new Set(needed.map((file) => file.slice(inFormat.length, -'.d.ts'.length)))].sort());
      expect(declared).toEqual(expect.arrayContaining(['config', 'index', 'postgres', 'testing']));
    }
  });

  it('is at most 300 kB', () => {
    expect(packed().size).toBeLessThanOrEqual(300 * kB);
  });

  it('loads at most 60 kB of gzipped code for the main entry', () => {
    const { files } = reachable(installed(packed().full, 'dist/esm/index.js'));
    const code = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(gzipSync(code).length).toBeLessThanOrEqual(60 * kB);
  });

  it('passes publint --strict', async () => {
    await run(root, 'node', 'node_modules/publint/src/cli.js', 'run', '--strict', packed().tarball);
  }, 60_000);

  it('passes attw for node10, node16 from CommonJS and from ES modules, and bundlers', async () => {
    const args = ['--no-definitely-typed', '--no-color', '--no-emoji', '--format', 'ascii'];
    await run(root, 'node', 'node_modules/.bin/attw', packed().tarball, ...args);
  }, 60_000);
});

describe('what the package imports', () => {
  const built = packed().files.filter((file) => /^dist\/.+\.(js|d\.ts)$/.test(file));
  const isOfCommand = (file: string): boolean => file.includes('/dist/esm/cli/');

  it('is a peer dependency or part of Node.js, and commander for the command alone', () => {
    const known = Object.keys(manifest().peerDependencies);
    const foreign = built.filter((file) => {
      const { packages } = reachable(installed(packed().full, file));
      const own = isOfCommand(`/${file}`) ? ['commander'] : [];
      return packages.some((name) => !isBuiltin(name) && !known.includes(name) && !own.includes(name));
    });
    expect(foreign).toEqual([]);
  });

  it('never leads from a library entry to the command', () => {
    const led = built
      .filter((file) => !isOfCommand(`/${file}`))
      .filter((file) => reachable(installed(packed().full, file)).files.some(isOfCommand));
    expect(led).toEqual([]);
  });

  it.each(['esm', 'cjs'])('is a required peer in the declarations of the main entry (%s)', (format) => {
    const { packages } = reachable(installed(packed().full, 'dist', format, 'index.d.ts'));
    expect(packages.filter((name) => !isBuiltin(name) && !required.includes(name))).toEqual([]);
  });

  it('lets the main entry and the testing entry load without the optional peers', async () => {
    const { bare } = packed();
    const needed = ['nestjs-ghl-auth', 'nestjs-ghl-auth/testing'];
    await run(bare, 'node', '--input-type=commonjs', '-e', needed.map((name) => `require('${name}');`).join(''));
    await run(bare, 'node', '--input-type=module', '-e', needed.map((name) => `import '${name}';`).join(''));
  }, 60_000);
});

describe('every entry', () => {
  it.each(entries())('%s exports the same names to `import` and to `require`', async (entry) => {
    const { full } = packed();
    const print = 'console.log(JSON.stringify(Object.keys(m).sort()))';
    const esm = await run(full, 'node', '--input-type=module', '-e', `import * as m from '${entry}';${print}`);
    const cjs = await run(full, 'node', '--input-type=commonjs', '-e', `const m = require('${entry}');${print}`);
    expect(JSON.parse(esm)).toEqual(JSON.parse(cjs));
  });
});
