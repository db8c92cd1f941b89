import { cp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { packed } from './packed.js';
import { run, runWith } from './run.js';

interface Manifest {
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

const fixtures = join(import.meta.dirname, '../fixtures');

const readManifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * A copy of `fixtures/<name>` in the temporary folder, with the tarball and the fixture's dependencies installed. The apps in it
 * share them, and the sources of `fixtures/shared/app`.
 */
export class FixtureInstall {
  private constructor(readonly folder: string) {}

  static async of(name: string, apps: readonly string[]): Promise<FixtureInstall> {
    const { folder, tarball } = packed();
    const install = new FixtureInstall(join(folder, name));
    for (const app of apps) await copy(join(fixtures, 'shared/app'), join(install.folder, app));
    await copy(join(fixtures, 'shared/both-builds'), join(install.folder, 'both-builds'));
    await copy(join(fixtures, name), install.folder);
    const manifest = await readManifest(install.folder);
    manifest.dependencies = { ...manifest.dependencies, 'nestjs-ghl-auth': `file:${tarball}` };
    await writeFile(join(install.folder, 'package.json'), JSON.stringify(manifest, null, 2));
    await run(install.folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
    return install;
  }

  /** Runs a script of an app's own package.json, on the Node.js that runs these tests. */
  async script(app: string, script: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    await runWith({ ...env, PATH: path }, join(this.folder, app), 'npm', 'run', script);
  }

  /** What a line of code prints in an app's folder. */
  print(app: string, ...args: string[]): Promise<string> {
    return run(join(this.folder, app), 'node', ...args);
  }
}

/** The scripts of an app, in order. */
export const scriptsOf = async (fixture: string, app: string): Promise<string[]> =>
  Object.keys((await readManifest(join(fixtures, fixture, app))).scripts ?? {});

const copy = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true });
