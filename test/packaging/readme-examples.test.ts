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
  const contained = ({ code }: { readonly code: string }): boolean => code.includes(contains);
  const snippets = sections.find((section) => section.snippets.some(contained))?.snippets ?? [];
  const snippet = snippets.find(contained);
  if (!snippet) throw new Error(`${document} has no snippet with "${contains}"`);
  const folder = join(packed().full, 'examples', contains.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const compiled = (code: string): string => ts.transpileModule(code, { compilerOptions }).outputText;
  // What the snippet imports from its neighbours stands beside it.
  for (const { name, code } of snippets) {
    if (name !== undefined) await writeFile(join(folder, name.replace(/\.ts$/, '.js')), compiled(code));
  }
  await writeFile(join(folder, 'snippet.js'), compiled(snippet.code));
  await writeFile(join(folder, 'main.js'), `import 'reflect-metadata';\n${main}`);
  return JSON.parse(await run(folder, 'node', 'main.js'));
}

/** Runs the tests of one section of a document with Jest, against the package. @returns what each was called, if all have passed */
async function runTests(document: string, name: string): Promise<string[]> {
  const sections = readmeSections(await readFile(join(root, document), 'utf8'));
  const snippets = sections.find((section) => section.snippets.some((one) => one.name === name))?.snippets ?? [];
  const folder = join(packed().full, 'tests', `${document}-${name}`.replace(/\W+/g, '-'));
  await mkdir(folder, { recursive: true });
  const jest = { testEnvironment: 'node', rootDir: '.', testMatch: ['<rootDir>/*.test.js'], transform: {} };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', jest }));
  for (const { name: file, code } of snippets) {
    if (file === undefined || (/\.test\.ts$/.test(file) && file !== name)) continue;
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { ...compilerOptions, emitDecoratorMetadata: false },
    });
    await writeFile(join(folder, file.replace(/\.ts$/, '.js')), outputText);
  }
  const program = join(root, 'node_modules/jest/bin/jest.js');
  const report = join(folder, 'report.json');
  await run(
    folder,
    'node',
    '--experimental-vm-modules',
    program,
    '--ci',
    '--runInBand',
    '--json',
    `--outputFile=${report}`,
  );
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as {
    testResults: { assertionResults: { title: string }[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title }) => title));
}

describe('the examples of the documentation', () => {
  it('the unit test of a service passes', async () => {
    expect(await runTests('README.md', 'contacts.service.test.ts')).toEqual([
      'goes on working when every token of the location dies',
    ]);
    expect(await runTests('docs/testing.md', 'contacts.service.test.ts')).toEqual([
      'goes on working when every token is lost',
      'goes on working the next day',
    ]);
  }, 120_000);

  it('the test of an application over sockets passes', async () => {
    expect(await runTests('docs/testing.md', 'app.test.ts')).toEqual([
      'goes on working when every token of the location dies',
    ]);
  }, 120_000);

  it('webhooks are brought to a backend, signed, out of order and twice', async () => {
    const outcome = await runSnippet(
      'docs/testing.md',
      'function deliver',
      `
        import { createServer } from 'node:http';
        import { createPublicKey, verify } from 'node:crypto';
        import { HighLevelSimulator } from 'nestjs-ghl-auth/testing';
        import { deliver } from './snippet.js';
        const simulator = new HighLevelSimulator();
        simulator.addApp();
        simulator.installLocation('dentist-oslo');
        simulator.uninstall({ locationId: 'dentist-oslo' });
        const arrived = [];
        const server = createServer(async (request, response) => {
          let body = '';
          for await (const chunk of request) body += chunk;
          arrived.push({ body, signature: request.headers['x-ghl-signature'] });
          response.end();
        });
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { ghl } = await deliver(simulator, 'http://127.0.0.1:' + server.address().port);
        server.closeAllConnections();
        server.close();
        console.log(JSON.stringify(arrived.map(({ body, signature }) =>
          verify(null, Buffer.from(body), createPublicKey(ghl), Buffer.from(signature, 'base64')) && JSON.parse(body).type)));
      `,
    );
    expect(outcome).toEqual(['UNINSTALL', 'UNINSTALL', 'INSTALL', 'INSTALL']);
  }, 120_000);

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

  it('a record on a row of the host’s own keeps it too, and leaves the row in place', async () => {
    const outcome = await runSnippet(
      'docs/repository.md',
      'class AccountsRepository',
      `
        import { readFileSync } from 'node:fs';
        import { PGlite } from '@electric-sql/pglite';
        import { repositoryContract } from 'nestjs-ghl-auth/testing';
        import { AccountsRepository } from './snippet.js';
        const db = await PGlite.create();
        const comment = /\\/\\*\\*([^]*?)\\*\\//.exec(readFileSync('snippet.js', 'utf8'))[1];
        await db.exec(comment.replace(/^ \\*/gm, ''));
        const repository = new AccountsRepository((text, values) => db.query(text, values));
        const failures = [];
        for (const { name, run } of repositoryContract({ second: () => repository })) {
          await run(repository).catch((error) => failures.push(name + ': ' + error.message));
        }
        await db.query("INSERT INTO accounts (name, highlevel_location) VALUES ('Dentist', 'dentist-oslo')");
        const record = { key: 'installation/a/location/dentist-oslo', kind: 'installation', group: null, due: null, version: 7, format: 1,
          body: 'body', locationId: 'dentist-oslo', companyId: null, clientId: null, state: 'active', expiresAt: null };
        const saved = await Promise.all([repository.save(record, null), repository.save(record, null)]);
        const row = async () => (await db.query("SELECT name, key FROM accounts WHERE highlevel_location = 'dentist-oslo'")).rows;
        const taken = await row();
        const removed = await repository.remove(record.key, 7);
        console.log(JSON.stringify({ failures, saved: saved.filter(Boolean).length, taken, removed, left: await row() }));
      `,
    );
    expect(outcome).toEqual({
      failures: [],
      saved: 1,
      taken: [{ name: 'Dentist', key: 'installation/a/location/dentist-oslo' }],
      removed: true,
      left: [{ name: 'Dentist', key: null }],
    });
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
