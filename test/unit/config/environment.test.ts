import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NUMBER_SETTINGS } from '../../../lib/config/durations.js';
import { readEnvironment, surveyEnvironment } from '../../../lib/config/environment.js';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';

const CLIENT_ID = '5f0000000000000000000001-abcdefgh';
const SECRET = 'b0a1c2d3-0000-4000-8000-c0ffee000001';
const PAIR = { GHL_CLIENT_ID: CLIENT_ID, GHL_CLIENT_SECRET: SECRET };

let directory: string;
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-environment-'));
  await writeFile(file('secret'), `${SECRET}\n`);
  await writeFile(file('empty'), '\n');
  await writeFile(file('two'), `${SECRET}\n${SECRET}\n`);
});
afterAll(() => rm(directory, { recursive: true }));

/** What is wrong with an environment, line by line. */
async function problemsOf(environment: Record<string, string>): Promise<string[]> {
  const error: unknown = await readEnvironment(environment).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return [];
  if (!isGhlAuthError(error, 'GHL_CONFIG_INVALID')) throw error as Error;
  expect(error.message).not.toContain(SECRET);
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^ {2}- /, ''));
}

describe('the environment', () => {
  it('sets nothing where nothing of the module is in it', async () => {
    expect(await readEnvironment({})).toEqual({});
    expect(await readEnvironment({ PATH: '/bin', GHL_CLIENT_ID: '', GHL_SCOPES: '  ' })).toEqual({});
  });

  it('sets every option', async () => {
    expect(
      await readEnvironment({
        ...PAIR,
        GHL_REDIRECT_URI: 'http://localhost:3000/oauth/callback',
        GHL_SCOPES: 'contacts.readonly, oauth.write conversations/message.write',
        GHL_API_BASE_URL: 'http://127.0.0.1:4010',
        GHL_MARKETPLACE_URL: 'https://marketplace.leadconnectorhq.com',
        GHL_API_VERSION: 'v3',
        GHL_AUTH_ALLOWED_HOSTS: 'api.white.label,127.0.0.1:8080 [::1]:8081',
        GHL_AUTH_RECONNECT_ENABLED: 'false',
        GHL_AUTH_MINT_ENABLED: 'true',
        GHL_AUTH_REFRESH_ADVISORY_WINDOW_MS: '60000',
        GHL_AUTH_CACHE_MAX_ENTRIES: '5',
      }),
    ).toEqual({
      clients: [{ clientId: CLIENT_ID, clientSecret: SECRET }],
      redirectUri: 'http://localhost:3000/oauth/callback',
      scopes: ['contacts.readonly', 'oauth.write', 'conversations/message.write'],
      apiBaseUrl: 'http://127.0.0.1:4010',
      marketplaceUrl: 'https://marketplace.leadconnectorhq.com',
      apiVersion: 'v3',
      allowedHosts: ['api.white.label', '127.0.0.1:8080', '[::1]:8081'],
      reconnect: { enabled: false },
      mint: { enabled: true },
      refresh: { advisoryWindowMs: 60_000 },
      cache: { maxEntries: 5 },
    });
  });

  it('sets every number', async () => {
    for (const { group, name, variable, fallback } of NUMBER_SETTINGS) {
      expect(await readEnvironment({ [variable]: ` ${fallback} ` })).toEqual({ [group]: { [name]: fallback } });
    }
  });

  it('is the one of the process unless another is handed in', async () => {
    process.env['GHL_SCOPES'] = 'contacts.readonly';
    try {
      expect(await readEnvironment()).toEqual({ scopes: ['contacts.readonly'] });
    } finally {
      delete process.env['GHL_SCOPES'];
    }
  });
});

describe('the client secret', () => {
  it('may stand in a file', async () => {
    expect(await readEnvironment({ GHL_CLIENT_ID: CLIENT_ID, GHL_CLIENT_SECRET_FILE: file('secret') })).toEqual({
      clients: [{ clientId: CLIENT_ID, clientSecret: SECRET }],
    });
  });

  it.each([
    ['missing', 'cannot be read (ENOENT): name one that this process may read'],
    ['.', 'cannot be read (EISDIR): name one that this process may read'],
    ['empty', 'does not hold one secret: write the secret into it, and nothing else'],
    ['two', 'does not hold one secret: write the secret into it, and nothing else'],
  ])('is refused from the file "%s": it %s', async (name, problem) => {
    expect(await problemsOf({ GHL_CLIENT_ID: CLIENT_ID, GHL_CLIENT_SECRET_FILE: file(name) })).toEqual([
      `environment variable GHL_CLIENT_SECRET_FILE names a file that ${problem}`,
    ]);
  });

  it('stands in one of both', async () => {
    expect(await problemsOf({ ...PAIR, GHL_CLIENT_SECRET_FILE: file('secret') })).toEqual([
      'set environment variable GHL_CLIENT_SECRET or GHL_CLIENT_SECRET_FILE, not both',
    ]);
  });

  it('goes with its id', async () => {
    expect(await problemsOf({ GHL_CLIENT_ID: CLIENT_ID })).toEqual([
      'environment variable GHL_CLIENT_ID is set without a secret: set GHL_CLIENT_SECRET or GHL_CLIENT_SECRET_FILE, or pass option clients',
    ]);
    expect(await problemsOf({ GHL_CLIENT_SECRET: SECRET })).toEqual([
      'environment variable GHL_CLIENT_SECRET is set without a client id: set GHL_CLIENT_ID',
    ]);
    expect(await problemsOf({ GHL_CLIENT_SECRET_FILE: file('secret') })).toEqual([
      'environment variable GHL_CLIENT_SECRET_FILE is set without a client id: set GHL_CLIENT_ID',
    ]);
  });
});

describe('a variable that is wrong', () => {
  it.each([
    [
      { ...PAIR, GHL_CLIENT_ID: 'no-dash-here-' },
      'GHL_CLIENT_ID must be a client id of the marketplace portal, <app id>-<suffix>',
    ],
    [{ ...PAIR, GHL_CLIENT_SECRET: `${SECRET} ${SECRET}` }, 'GHL_CLIENT_SECRET must not contain blanks'],
    [{ GHL_REDIRECT_URI: '/callback' }, 'GHL_REDIRECT_URI must be an absolute URL, beginning with https:// or http://'],
    [
      { GHL_REDIRECT_URI: 'app://callback' },
      'GHL_REDIRECT_URI must be an absolute URL, beginning with https:// or http://',
    ],
    [{ GHL_API_BASE_URL: 'services' }, 'GHL_API_BASE_URL must be an absolute URL, beginning with https:// or http://'],
    [
      { GHL_MARKETPLACE_URL: 'ftp://a.example' },
      'GHL_MARKETPLACE_URL must be an absolute URL, beginning with https:// or http://',
    ],
    [{ GHL_SCOPES: 'contacts.readonly;oauth.write' }, 'GHL_SCOPES must be scopes, separated by blanks or commas'],
    [{ GHL_API_VERSION: 'three' }, 'GHL_API_VERSION must be a version such as 2021-07-28 or v3'],
    [
      { GHL_AUTH_ALLOWED_HOSTS: 'https://a.example' },
      'GHL_AUTH_ALLOWED_HOSTS must be hosts, separated by blanks or commas',
    ],
    [{ GHL_AUTH_RECONNECT_ENABLED: 'yes' }, 'GHL_AUTH_RECONNECT_ENABLED must be true or false'],
    [{ GHL_AUTH_MINT_ENABLED: 'TRUE' }, 'GHL_AUTH_MINT_ENABLED must be true or false'],
    [{ GHL_AUTH_TIMEOUTS_STORE_MS: '5s' }, 'GHL_AUTH_TIMEOUTS_STORE_MS must be a whole number'],
    [{ GHL_AUTH_TIMEOUTS_STORE_MS: '-5' }, 'GHL_AUTH_TIMEOUTS_STORE_MS must be a whole number'],
  ] as [Record<string, string>, string][])('%j: %s', async (environment, problem) => {
    expect(await problemsOf(environment)).toEqual([`environment variable ${problem}`]);
  });

  it('is told together with all others', async () => {
    expect(await problemsOf({ GHL_SCOPES: ';', GHL_API_VERSION: 'x', GHL_CLIENT_ID: CLIENT_ID })).toHaveLength(3);
  });

  it('leaves the others as they are, and is not called missing', async () => {
    const { options, problems, faulty } = await surveyEnvironment({ ...PAIR, GHL_SCOPES: ';', GHL_API_VERSION: 'v3' });
    expect(options).toEqual({ clients: [{ clientId: CLIENT_ID, clientSecret: SECRET }], apiVersion: 'v3' });
    expect(problems).toHaveLength(1);
    expect([...faulty]).toEqual(['scopes']);
  });
});

describe('a variable whose option is given', () => {
  it('is not looked at, however wrong', async () => {
    const environment = {
      GHL_CLIENT_ID: CLIENT_ID,
      GHL_API_VERSION: 'x',
      GHL_AUTH_MINT_ENABLED: 'x',
      GHL_AUTH_CACHE_MAX_ENTRIES: 'x',
    };
    const given = { clients: [], apiVersion: 'v3', mint: { enabled: true }, cache: { maxEntries: 1 } };
    expect(await surveyEnvironment(environment, given)).toEqual({ options: {}, problems: [], faulty: new Set() });
    expect((await surveyEnvironment(environment, { cache: { lookAgainMs: 1 } })).problems).toHaveLength(4);
  });
});
