import { beforeAll, describe, expect, it } from '@jest/globals';
import { entries } from './support/packed.js';
import { FixtureApp } from './support/fixture-app.js';
import { run } from './support/run.js';

// The other peers of this app are at the lower end of their ranges.
describe('a CommonJS app on Nest 11', () => {
  let app: FixtureApp;
  beforeAll(async () => {
    app = await FixtureApp.install('nest11-cjs');
  }, 180_000);

  it('resolves Nest 11, one copy of it', async () => {
    expect(await app.resolvedVersion('@nestjs/core')).toMatch(/^11\./);
    expect(await app.versions('@nestjs/common')).toHaveLength(1);
    expect(await app.versions('nestjs-ghl-auth')).toHaveLength(1);
  });

  it.each(entries())('resolves %s to CommonJS', async (entry) => {
    const path = await run(app.folder, 'node', '-p', `require.resolve('${entry}')`);
    expect(path).toContain('/nestjs-ghl-auth/dist/cjs/');
  });

  it('type-checks', () => app.typecheck(), 60_000);

  it('passes its own tests', () => app.test(), 120_000);
});
