import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { FixtureInstall, scriptsOf } from './fixture-install.js';
import { falseClaims, falseNodeClaims, installedCopies } from './majors.js';
import { claimsOf, MATRIX, NODE, POSTGRESQL, type MatrixInstall } from './matrix.js';
import { entries, manifest } from './packed.js';
import { run } from './run.js';

/** Prints what an app gets for an import path. */
const RESOLVE = {
  esm: (entry: string) => ['--input-type=module', '-e', `console.log(import.meta.resolve('${entry}'))`],
  cjs: (entry: string) => ['--input-type=commonjs', '-p', `require.resolve('${entry}')`],
};

/** Tries the packed package in the apps of a fixture. A function, so that each fixture is a test file, which run side by side. */
export async function describeMatrix(fixture: string): Promise<void> {
  const given = MATRIX.find((one) => one.fixture === fixture) as MatrixInstall;
  const scripts = new Map<string, string[]>();
  for (const { folder } of given.apps) scripts.set(folder, await scriptsOf(fixture, folder));

  describe(`on Nest ${given.nest}`, () => {
    let install: FixtureInstall;
    let database: TestPostgres;
    beforeAll(async () => {
      const folders = given.apps.map(({ folder }) => folder);
      [install, database] = await Promise.all([FixtureInstall.of(fixture, folders), startPostgres()]);
    }, 300_000);
    afterAll(() => database.stop());

    it('is what is claimed: every copy of every package, Node.js and PostgreSQL', async () => {
      const node = process.env['NODE_MAJOR'];
      expect(falseClaims(install.folder, claimsOf(given))).toEqual([]);
      expect(falseNodeClaims(process.versions.node, node === undefined ? NODE : [node])).toEqual([]);
      const { rows } = await database.pool().query<{ server_version: string }>('SHOW server_version');
      expect(rows[0]?.server_version).toMatch(new RegExp(`^${POSTGRESQL}\\.`));
    });

    it.each(['@nestjs/common', '@nestjs/core', '@nestjs/axios', 'nestjs-ghl-auth'])('there is one %s', (name) => {
      expect(installedCopies(install.folder).filter((copy) => copy.name === name)).toHaveLength(1);
    });

    it('has the command ghl-auth', async () => {
      const { version } = manifest();
      expect(await run(install.folder, join('node_modules', '.bin', 'ghl-auth'), '--version')).toBe(`${version}\n`);
    });

    describe.each(given.apps)('an app in $format', ({ folder, build }) => {
      it.each(entries())(`gets %s as the ${build} build`, async (entry) => {
        const path = await install.print(folder, ...RESOLVE[build](entry));
        expect(path).toContain(`/nestjs-ghl-auth/dist/${build}/`);
      });

      it.each(scripts.get(folder) as string[])(
        'passes its own "%s"',
        async (script) => install.script(folder, script, { DATABASE_URL: await database.createDatabase() }),
        300_000,
      );
    });

    it('works in both builds at a time in one process', () => install.script('both-builds', 'test'), 300_000);
  });
}
