import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../../lib/testing.js';
import { manifest, packed } from './support/packed.js';
import { run, runWith } from './support/run.js';

const HOST_FILE = `import { InMemoryRepository } from 'nestjs-ghl-auth';
export default { repository: { useValue: new InMemoryRepository() } };
`;

describe('the command of the packed package, with its required peers only', () => {
  const { bare } = packed();
  const bin = join('node_modules/nestjs-ghl-auth', manifest().bin['ghl-auth'] as string);
  let highLevel: RunningSimulator;
  beforeAll(async () => {
    highLevel = await startSimulator();
    await writeFile(join(bare, 'ghl-auth.config.mjs'), HOST_FILE);
  });
  afterAll(() => highLevel.stop());

  it('is a program of Node.js', () => {
    expect(readFileSync(join(bare, bin), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('says its version', async () => {
    expect(await run(bare, 'node', bin, '--version')).toBe(`${manifest().version}\n`);
  });

  it('runs doctor against HighLevel', async () => {
    const { client, redirectUris, scopes } = highLevel.simulator.addApp();
    const environment = {
      GHL_CLIENT_ID: client.clientId,
      GHL_CLIENT_SECRET: client.clientSecret,
      GHL_REDIRECT_URI: redirectUris[0],
      GHL_SCOPES: scopes.join(' '),
      GHL_API_BASE_URL: highLevel.baseUrl,
    };
    const lines = (await runWith(environment, bare, 'node', bin, 'doctor')).split('\n');
    for (const what of ['store', 'highlevel', 'clock', 'key pair', 'reconnect'])
      expect(lines).toContainEqual(expect.stringMatching(`^ok\t${what}\t`));
  });
});
