import { beforeAll, describe, expect, it } from '@jest/globals';
import { entries } from './support/packed.js';
import { FixtureApp } from './support/fixture-app.js';
import { run } from './support/run.js';

describe('an ES module app on Nest 12', () => {
  let app: FixtureApp;
  beforeAll(async () => {
    app = await FixtureApp.install('nest12-esm');
  }, 180_000);

  it('resolves Nest 12, one copy of it', async () => {
    expect(await app.resolvedVersion('@nestjs/core')).toMatch(/^12\./);
    expect(await app.versions('@nestjs/common')).toHaveLength(1);
    expect(await app.versions('nestjs-ghl-auth')).toHaveLength(1);
  });

  it.each(entries())('resolves %s to an ES module', async (entry) => {
    const code = `console.log(import.meta.resolve('${entry}'))`;
    const path = await run(app.folder, 'node', '--input-type=module', '-e', code);
    expect(path).toContain('/nestjs-ghl-auth/dist/esm/');
  });

  it('type-checks', () => app.typecheck(), 60_000);

  it('passes its own tests', () => app.test('--experimental-vm-modules'), 120_000);
});
