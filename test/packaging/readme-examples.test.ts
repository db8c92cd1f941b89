import { describe, expect, it } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { packed, root } from './support/packed.js';
import { readmeSections } from './support/readme-snippets.js';
import { run } from './support/run.js';

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** Compiles one snippet of a document beside a main program, and runs that against the package. */
async function runSnippet(document: string, contains: string, main: string): Promise<unknown> {
  const sections = readmeSections(await readFile(join(root, document), 'utf8'));
  const snippet = sections.flatMap(({ snippets }) => snippets).find(({ code }) => code.includes(contains));
  if (!snippet) throw new Error(`${document} has no snippet with "${contains}"`);
  const folder = join(packed().full, 'examples', contains.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'snippet.js'), ts.transpileModule(snippet.code, { compilerOptions }).outputText);
  await writeFile(join(folder, 'main.js'), `import 'reflect-metadata';\n${main}`);
  return JSON.parse(await run(folder, 'node', 'main.js'));
}

describe('the examples of the documentation', () => {
  it('a repository of your own keeps the contract', async () => {
    const failures = await runSnippet(
      'docs/repository.md',
      'class MyRepository',
      `
        import { readFileSync } from 'node:fs';
        import { PGlite } from '@electric-sql/pglite';
        import { repositoryContract } from 'nestjs-ghl-auth/testing';
        import { MyRepository } from './snippet.js';
        const db = await PGlite.create();
        const comment = /\\/\\*\\*([^]*?)\\*\\//.exec(readFileSync('snippet.js', 'utf8'))[1];
        await db.exec(comment.replace(/^ \\*/gm, ''));
        const repository = new MyRepository((text, values) => db.query(text, values));
        const failures = [];
        for (const { name, run } of repositoryContract({ second: () => repository })) {
          await run(repository).catch((error) => failures.push(name + ': ' + error.message));
        }
        console.log(JSON.stringify(failures));
      `,
    );
    expect(failures).toEqual([]);
  }, 120_000);

  it('a day passes on a clock that the test moves', async () => {
    const outcome = await runSnippet(
      'docs/testing.md',
      'function aDayLater',
      `
        import { aDayLater } from './snippet.js';
        console.log(JSON.stringify(await aDayLater()));
      `,
    );
    expect(outcome).toEqual({ renewed: true, rotations: 1 });
  }, 120_000);

  it('every trouble can be called up', async () => {
    const summary = await runSnippet(
      'docs/testing.md',
      'function trouble',
      `
        import { HighLevelSimulator } from 'nestjs-ghl-auth/testing';
        import { trouble } from './snippet.js';
        const simulator = new HighLevelSimulator();
        simulator.addApp();
        simulator.installLocation('dentist-oslo');
        trouble(simulator, { locationId: 'dentist-oslo' });
        console.log(JSON.stringify(simulator.webhooks.map(({ type }) => type)));
      `,
    );
    expect(summary).toEqual(['INSTALL', 'UNINSTALL']);
  }, 120_000);
});
