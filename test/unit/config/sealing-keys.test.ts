import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEnvironment, surveyEnvironment } from '../../../lib/config/environment.js';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import { makeKey } from '../../support/sealing.js';
import { COMPLETE, wrong } from './support/problems.js';

/** Repeat a failed run with the seed that fast-check prints; for a long run: SEALING_SEED=… SEALING_RUNS=100000 */
const seed = Number(process.env['SEALING_SEED'] ?? 20_261_122);
const numRuns = Number(process.env['SEALING_RUNS'] ?? 500);
const limitMs = Math.max(60_000, numRuns * 10);

const K1 = makeKey('k1');
const K2 = makeKey('2026.11-b');
const text = ({ id, key }: { readonly id: string; readonly key: string }): string => `${id}:${key}`;
const ID_FIX = "must be 1 to 32 letters, digits, '.', '_' or '-', beginning with a letter or digit";
const KEY_FIX = 'must be 32 bytes, in base64 as by: openssl rand -base64 32';

let directory: string;
const file = async (name: string, content: string): Promise<string> => {
  await writeFile(join(directory, name), content);
  return join(directory, name);
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-sealing-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What is wrong with sealing keys among the options. */
const ofKeys = (keys: unknown): string[] => wrong({ sealing: { keys } });

/** What is wrong with an environment. */
const ofEnvironment = async (variables: Record<string, string>): Promise<readonly string[]> =>
  (await surveyEnvironment(variables)).problems;

describe('sealing keys among the options', () => {
  it.each([
    ['base64', K1.key],
    ['base64 without padding', K1.key.replace('=', '')],
    ['base64url', Buffer.from(K1.key, 'base64').toString('base64url')],
    ['bytes', Buffer.from(K1.key, 'base64')],
    ['an array of bytes', new Uint8Array(Buffer.from(K1.key, 'base64'))],
  ])('may be %s', (_, key) => {
    const { sealing } = resolveSettings({ ...COMPLETE, sealing: { keys: [{ id: 'k1', key }, K2] } }, {});
    expect(sealing.keys.map(({ id }) => id)).toEqual(['k1', '2026.11-b']);
    const [first] = resolveSettings({ ...COMPLETE, sealing: { keys: [K1] } }, {}).sealing.keys;
    expect(sealing.keys[0]?.check).toBe(first?.check);
  });

  it('show nothing of themselves in the settings', () => {
    const settings = resolveSettings({ ...COMPLETE, sealing: { keys: [K1] } }, {});
    const shown = inspect(settings.sealing, { depth: 20, showHidden: true }) + JSON.stringify(settings.sealing);
    for (const form of ['base64', 'base64url', 'hex', 'latin1'] as const) {
      expect(shown).not.toContain(Buffer.from(K1.key, 'base64').toString(form).replace('=', '').slice(4, 20));
    }
  });

  it.each([
    [[], ['option sealing.keys must hold at least one key, { id, key }, in the environment id:base64']],
    ['k1:abc', ['option sealing.keys must hold at least one key, { id, key }, in the environment id:base64']],
    [[null], [`option sealing.keys: the id of key 1 ${ID_FIX}`, `option sealing.keys: key 1 ${KEY_FIX}`]],
    [[K1, { key: K2.key }], [`option sealing.keys: the id of key 2 ${ID_FIX}`]],
    [[{ id: '', key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: 'k 1', key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: 'k:1', key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: '__proto__', key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: 'k'.repeat(33), key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: K2.key, key: K1.key }], [`option sealing.keys: the id of key 1 ${ID_FIX}`]],
    [[{ id: 'k1' }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: '' }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: randomBytes(16).toString('base64') }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: randomBytes(32).toString('hex') }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: randomBytes(33) }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: K1.key.slice(1) }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: `${K1.key} ` }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [[{ id: 'k1', key: `${'A'.repeat(42)}B=` }], [`option sealing.keys: key 1 ${KEY_FIX}`]],
    [
      [K1, K2, { id: 'k1', key: makeKey('').key }],
      ['option sealing.keys holds the same id twice: give each key an id of its own, and never an id to another key'],
    ],
    [
      [K1, { id: 'k2', key: K1.key }],
      ['option sealing.keys holds the same key under two ids: make a new key for the new id'],
    ],
  ])('are refused where they are wrong (%#)', (keys, problems) => {
    expect(ofKeys(keys)).toEqual(problems);
  });

  it.each([
    [{ required: true }, /^option sealing.required is true, but there is no sealing key: set GHL_AUTH_SEALING_KEYS/],
    [{ acceptUnsealed: false }, /^option sealing.acceptUnsealed is false, so that .* there is no sealing key/],
    [
      { keys: [K1], enabled: false, required: true },
      /^option sealing.required is true, but option sealing.enabled is false/,
    ],
    [
      { keys: [K1], enabled: false, acceptUnsealed: false },
      /^option sealing.acceptUnsealed is false, .* option sealing.enabled is false/,
    ],
    [{ keys: [K1], enabled: 'yes' }, /^option sealing.enabled must be true or false/],
    [{ key: K1 }, /^option sealing.key does not exist: there are keys, enabled, required, acceptUnsealed/],
    [[K1], /^option sealing must be an object with keys, enabled, required, acceptUnsealed/],
  ])('do not go with the other options in %p', (sealing, problem) => {
    expect(wrong({ sealing })).toEqual([expect.stringMatching(problem)]);
  });

  it('may all be left to a provider', () => {
    const given = { ...COMPLETE, sealing: { required: true, acceptUnsealed: false } };
    const settings = resolveSettings(given, {}, { problems: [], faulty: new Set(), hasKeyProvider: true });
    expect(settings.sealing).toEqual({ keys: [], isEnabled: true, acceptUnsealed: false });
  });
});

describe('sealing keys in the environment', () => {
  it.each([' ', ', ', ',\n'])('are separated by %p', async (between) => {
    expect(await readEnvironment({ GHL_AUTH_SEALING_KEYS: text(K1) + between + text(K2) })).toEqual({
      sealing: { keys: [K1, K2] },
    });
  });

  it('may stand in a file, a line each', async () => {
    const path = await file('keys', `${text(K2)}\n${text(K1)}\n`);
    expect(await readEnvironment({ GHL_AUTH_SEALING_KEYS_FILE: path })).toEqual({ sealing: { keys: [K2, K1] } });
  });

  it('come with switches', async () => {
    const switches = { GHL_AUTH_SEALING_ENABLED: 'true', GHL_AUTH_SEALING_REQUIRED: 'true' };
    expect(
      await readEnvironment({
        ...switches,
        GHL_AUTH_SEALING_KEYS: text(K1),
        GHL_AUTH_SEALING_ACCEPT_UNSEALED: 'false',
      }),
    ).toEqual({ sealing: { keys: [K1], enabled: true, required: true, acceptUnsealed: false } });
  });

  it('are not looked at where the option is given, though the switches are', async () => {
    const variables = { GHL_AUTH_SEALING_KEYS: 'nonsense', GHL_AUTH_SEALING_REQUIRED: 'true' };
    const { options, problems } = await surveyEnvironment(variables, { sealing: { keys: [K1] } });
    expect({ options, problems }).toEqual({ options: { sealing: { required: true } }, problems: [] });
    expect(() => resolveSettings({ ...COMPLETE, sealing: { keys: [K1] } }, options)).not.toThrow();
  });

  it.each([
    ['k1', [`the id of key 1 ${ID_FIX}`, `key 1 ${KEY_FIX}`]],
    [K1.key, [`the id of key 1 ${ID_FIX}`]],
    [`:${K1.key}`, [`the id of key 1 ${ID_FIX}`]],
    [`${text(K1)} k2:${K2.key.slice(5)}`, [`key 2 ${KEY_FIX}`]],
    [`${K1.key}:k1`, [`the id of key 1 ${ID_FIX}`, `key 1 ${KEY_FIX}`]],
  ])('are refused where they are wrong (%#), without being shown', async (value, problems) => {
    expect(await ofEnvironment({ GHL_AUTH_SEALING_KEYS: value })).toEqual(
      problems.map((problem) => `environment variable GHL_AUTH_SEALING_KEYS: ${problem}`),
    );
    const named = `the file that environment variable GHL_AUTH_SEALING_KEYS_FILE names: `;
    expect(await ofEnvironment({ GHL_AUTH_SEALING_KEYS_FILE: await file('wrong', value) })).toEqual(
      problems.map((problem) => named + problem),
    );
  });

  it('are refused where the file is not there, or both are set', async () => {
    expect(await ofEnvironment({ GHL_AUTH_SEALING_KEYS_FILE: join(directory, 'none') })).toEqual([
      'environment variable GHL_AUTH_SEALING_KEYS_FILE names a file that cannot be read (ENOENT): name one that this process may read',
    ]);
    expect(await ofEnvironment({ GHL_AUTH_SEALING_KEYS_FILE: await file('empty', '\n') })).toEqual([
      expect.stringMatching(/must hold at least one key/),
    ]);
    expect(await ofEnvironment({ GHL_AUTH_SEALING_KEYS: text(K1), GHL_AUTH_SEALING_KEYS_FILE: 'x' })).toEqual([
      'set environment variable GHL_AUTH_SEALING_KEYS or GHL_AUTH_SEALING_KEYS_FILE, not both',
    ]);
  });

  it('that are wrong are not called missing as well', async () => {
    const variables = { GHL_AUTH_SEALING_KEYS: 'k1:short', GHL_AUTH_SEALING_REQUIRED: 'true' };
    const reading = await surveyEnvironment(variables);
    expect(() => resolveSettings(COMPLETE, reading.options, reading)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /correctly:\n {2}- environment variable GHL_AUTH_SEALING_KEYS: key 1 must[^\n]+$/,
        ),
      }),
    );
  });

  it('are named by their variable where they are needed and missing', async () => {
    const { options } = await surveyEnvironment({ GHL_AUTH_SEALING_REQUIRED: 'true' });
    expect(() => resolveSettings(COMPLETE, options)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(
          'environment variable GHL_AUTH_SEALING_REQUIRED is true, but there is no sealing key',
        ),
      }),
    );
  });
});

it(
  'whatever the variable holds, it is read or refused, and never shown',
  async () => {
    const keys = fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('k1', 'k2', '', '__proto__', 'a b'), fc.string()),
        fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ minLength: 14, maxLength: 40 })),
      ),
      { maxLength: 4 },
    );
    const value = fc.oneof(
      keys.map((pairs) => pairs.map(([id, key]) => `${id}:${Buffer.from(key).toString('base64')}`).join(' ')),
      fc.string({ unit: fc.constantFrom(...'aA0:=+/,_ \n'), maxLength: 120 }),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(value, async (variable) => {
        const { options, problems } = await surveyEnvironment({ GHL_AUTH_SEALING_KEYS: variable });
        const sought = variable.split(/[\s,:]+/).filter((word) => word.length >= 16);
        for (const word of sought) expect(problems.join('\n')).not.toContain(word);
        if (problems.length > 0) expect(options).toEqual({});
        else if (options.sealing?.keys !== undefined) {
          expect(() => resolveSettings(COMPLETE, options)).not.toThrow();
        } else expect(variable.trim()).toBe('');
      }),
      { seed, numRuns },
    );
  },
  limitMs,
);

it('an error about keys is one of the configuration', async () => {
  const error: unknown = await readEnvironment({ GHL_AUTH_SEALING_KEYS: 'k1' }).catch((reason: unknown) => reason);
  expect(isGhlAuthError(error, 'GHL_CONFIG_INVALID')).toBe(true);
});
