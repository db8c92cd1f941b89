import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packed } from './packed.js';
import { run } from './run.js';

interface AppManifest {
  dependencies: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, { version?: string }>;
}

/** A copy of `fixtures/<name>` in the temporary folder, with the tarball and its own dependencies installed. */
export class FixtureApp {
  private constructor(readonly folder: string) {}

  static async install(name: string): Promise<FixtureApp> {
    const { folder, tarball } = packed();
    const app = new FixtureApp(join(folder, name));
    await cp(join(import.meta.dirname, '../fixtures', name), app.folder, { recursive: true });

    const manifestFile = join(app.folder, 'package.json');
    const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as AppManifest;
    manifest.dependencies['nestjs-ghl-auth'] = `file:${tarball}`;
    await writeFile(manifestFile, JSON.stringify(manifest, null, 2));
    await run(app.folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
    return app;
  }

  /** Versions of a package in the installed tree: one for each copy. */
  async versions(name: string): Promise<string[]> {
    const lockfile = JSON.parse(await readFile(join(this.folder, 'package-lock.json'), 'utf8')) as Lockfile;
    return Object.entries(lockfile.packages)
      .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
      .map(([, entry]) => entry.version ?? 'unknown');
  }

  /** Version of a package as the app itself resolves it. */
  async resolvedVersion(name: string): Promise<string> {
    const file = join(this.folder, 'node_modules', name, 'package.json');
    return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
  }

  async typecheck(): Promise<void> {
    await run(this.folder, 'node', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
  }

  /** Runs the app's own Jest. */
  async test(...nodeOptions: string[]): Promise<void> {
    await run(this.folder, 'node', ...nodeOptions, 'node_modules/jest/bin/jest.js', '--ci', '--runInBand');
  }
}
