import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { falseClaims, falseNodeClaims } from './support/majors.js';
import { MATRIX, NODE, POSTGRESQL } from './support/matrix.js';
import { root } from './support/packed.js';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the check of what is installed', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-ghl-auth-'));
    const put = (path: string, version: string): void => {
      const copy = join(folder, 'node_modules', path);
      mkdirSync(copy, { recursive: true });
      writeFileSync(join(copy, 'package.json'), JSON.stringify({ version }));
    };
    put('@nestjs/core', '11.2.10');
    put('@nestjs/schedule-6', '6.1.3');
    put('pg', '8.23.1');
    put('queue', '2.0.0');
    put('queue/node_modules/pg', '7.18.2');
    put('lite', '0.5.16');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is content with what is claimed, aliases among them', () => {
    expect(falseClaims(folder, { '@nestjs/core': '11', '@nestjs/schedule-6': '6', lite: '0.5' })).toEqual([]);
  });

  it.each([
    ['another major', '@nestjs/core', '1', 'node_modules/@nestjs/core is 11.2.10'],
    ['an alias of another major', '@nestjs/schedule-6', '5', 'node_modules/@nestjs/schedule-6 is 6.1.3'],
    ['a second copy of another major', 'pg', '8', 'node_modules/queue/node_modules/pg is 7.18.2'],
    ['another minor below 1', 'lite', '0.6', 'node_modules/lite is 0.5.16'],
  ])('names %s', (_, name, claimed, found) => {
    expect(falseClaims(folder, { [name]: claimed })).toEqual([`${name} is claimed at ${claimed}, but ${found}`]);
  });

  it('names what is not installed', () => {
    expect(falseClaims(folder, { jest: '30' })).toEqual(['jest is claimed at 30, and is not installed']);
  });

  it('names a Node.js that is not claimed', () => {
    expect(falseNodeClaims('22.12.0', ['20', '22'])).toEqual([]);
    expect(falseNodeClaims('18.20.0', ['20', '22'])).toEqual([
      'Node.js is claimed at 20, 22, but the tests run on 18.20.0',
    ]);
  });
});

describe('what the README says that the package runs on', () => {
  const section = /## What it runs on\n([^]*?)\n## /.exec(read('README.md'))?.[1] ?? '';
  const rows = section.split('\n').filter((line) => /^\| \d/.test(line));
  const besides = ['axios', 'schedule', 'config', 'event-emitter', 'terminus'];

  it('is what the matrix tests', () => {
    const databases = (pg = '', pglite = ''): string =>
      `PostgreSQL ${POSTGRESQL} through \`pg\` ${pg}, PGlite ${pglite}`;
    const apps = MATRIX.flatMap(({ nest, apps, beside }) =>
      apps.map(({ format }) => [
        nest,
        format,
        NODE.join(', '),
        databases(beside['pg'], beside['@electric-sql/pglite']),
      ]),
    );
    const versions = MATRIX.map(({ nest, beside }) => [
      nest,
      ...besides.map((name) =>
        Object.entries(beside)
          .filter(([installed]) => installed.replace(/-\d+$/, '') === `@nestjs/${name}`)
          .map(([, major]) => major)
          .join(' and '),
      ),
    ]);
    expect(rows).toEqual([...apps, ...versions].map((cells) => `| ${cells.join(' | ')} |`));
    expect(section).toContain(`| beside Nest | ${besides.map((name) => `\`@nestjs/${name}\``).join(' | ')} |`);
  });

  it('is run by CI on every Node.js that it names', () => {
    expect(read('.github/workflows/ci.yml')).toContain(`node: [${NODE.join(', ')}]`);
  });
});
