import { describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packed, root } from './support/packed.js';
import { readmeSections } from './support/readme-snippets.js';
import { run } from './support/run.js';

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022'],
  types: ['node'],
  module: 'ESNext',
  moduleResolution: 'bundler',
  moduleDetection: 'force',
  isolatedModules: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

const documents = ['README.md', ...(await readdir(join(root, 'docs'))).map((name) => `docs/${name}`)];

describe('the snippets of the documentation', () => {
  it('compile against the package', async () => {
    const folder = join(packed().full, 'documents');
    for (const document of documents) {
      const sections = readmeSections(await readFile(join(root, document), 'utf8'));
      for (const [index, section] of sections.entries()) {
        for (const { name, line, code } of section.snippets) {
          const slug = section.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
          const program = `${document.replace('.md', '')}/${String(index + 1)}-${slug}`;
          const file = join(folder, program, name ?? `line-${String(line)}.ts`);
          await mkdir(dirname(file), { recursive: true });
          // Padded, so that a line number in an error of the compiler is that of the document.
          await writeFile(file, '\n'.repeat(line - 1) + code + '\n');
        }
      }
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
    await run(folder, 'node', join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false');
  }, 120_000);
});

describe('the reader of snippets', () => {
  const ts = (...lines: string[]) => ['```ts', ...lines, '```'].join('\n');

  it('finds no section in a text without snippets', () => {
    expect(readmeSections('# Title\n\ntext\n\n```sh\n# not a heading\n```\n')).toEqual([]);
  });

  it('reads names, lines and code', () => {
    expect(readmeSections(`# Title\n\n${ts('// a/b.ts', 'f();')}\n`)).toEqual([
      { title: 'Title', snippets: [{ name: 'a/b.ts', line: 4, code: '// a/b.ts\nf();' }] },
    ]);
  });

  it('shows a section the named snippets around it, unless it has its own', () => {
    const text = [
      '## One',
      ts('// a.ts', '1;'),
      ts('// b.ts', '2;'),
      ts('3;'),
      '### Sub',
      ts('// b.ts', '4;'),
      '## Two',
    ];
    const sections = readmeSections([...text, ts('5;')].join('\n'));
    expect(sections.map((section) => section.snippets.map(({ code }) => code))).toEqual([
      ['// a.ts\n1;', '// b.ts\n2;', '3;'],
      ['// b.ts\n4;', '// a.ts\n1;'],
      ['5;'],
    ]);
  });

  it('refuses two snippets of one name in a section, and one that is never closed', () => {
    expect(() => readmeSections(`# T\n${ts('// a.ts')}\n${ts('// a.ts')}`)).toThrow('two snippets "a.ts"');
    expect(() => readmeSections('```ts\nf();')).toThrow('never closed');
  });
});
