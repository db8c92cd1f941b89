import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const parse = (path: string): Record<string, unknown> => JSON.parse(read(path)) as Record<string, unknown>;

/** What npm runs at somebody else's when a package is installed. */
const ON_INSTALL = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare', 'dependencies'];
const PAGES = ['docs/threat-model.md', 'SECURITY.md'];

const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => join(dirname(page), target));

describe('the supply chain', () => {
  const manifest = parse('package.json');

  it('has one runtime dependency, for the command, which has none of its own and runs nothing where it is installed', () => {
    expect(Object.keys(manifest['dependencies'] as object)).toEqual(['commander']);
    for (const kind of ['optionalDependencies', 'bundleDependencies', 'bundledDependencies'])
      expect(manifest[kind] ?? {}).toEqual({});
    const commander = parse('node_modules/commander/package.json');
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      expect(commander[kind] ?? {}).toEqual({});
    expect(Object.keys(commander['scripts'] as object).filter((name) => ON_INSTALL.includes(name))).toEqual([]);
  });

  it('runs nothing where it is installed', () => {
    expect(Object.keys(manifest['scripts'] as object).filter((name) => ON_INSTALL.includes(name))).toEqual([]);
    expect(existsSync(join(ROOT, 'binding.gyp'))).toBe(false);
  });

  it('gives a reason for every dependency', () => {
    const page = read('docs/threat-model.md');
    const all = { ...(manifest['dependencies'] as object), ...(manifest['peerDependencies'] as object) };
    const unexplained = Object.keys(all).filter((name) => !page.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });

  it('pins with a hash whatever it is built and tested with', () => {
    const packages = Object.entries(parse('package-lock.json')['packages'] as Record<string, Record<string, unknown>>);
    const loose = packages.filter(
      ([path, { integrity, link }]) => path !== '' && integrity === undefined && link !== true,
    );
    expect(packages.length).toBeGreaterThan(100);
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('is published with provenance', () => {
    const release = read('.github/workflows/release.yml');
    expect(release).toContain('npm publish --provenance');
    expect(release).toContain('id-token: write');
  });
});

describe.each(PAGES)('%s', (page) => {
  it('links nothing that is not there', () => {
    expect(linksOf(page).length).toBeGreaterThan(0);
    expect(linksOf(page).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

it('the threat model names a test that shows it for each claim of what an attacker cannot do', () => {
  const claims = read('docs/threat-model.md')
    .split('\n')
    .filter((line) => /^\| (cannot|gets n|finds no|delays|rotates|crashes|reads no|plants)/.test(line));
  expect(claims.length).toBeGreaterThan(15);
  expect(claims.filter((claim) => !/\]\(\.\.\/test\/[\w/-]+(\.test)?\.ts\)/.test(claim))).toEqual([]);
});
