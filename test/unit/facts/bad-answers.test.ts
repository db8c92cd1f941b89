import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { FaultAction } from '../../../lib/testing.js';
import { DAY, EXCHANGE, locationScene, MINUTE, REFRESH, TRACE_ID, type Scene } from './support/scene.js';

const ok = (body: unknown): FaultAction => ({ status: 200, body });

/** Answers of success that bring nothing, with what is said about them. */
const BAD: [string, FaultAction, string | RegExp][] = [
  ['text', { kind: 'notJson' }, 'the answer is not a JSON object'],
  ['a page', { kind: 'html' }, 'the answer is not a JSON object'],
  ['empty', { kind: 'empty' }, 'the answer is not a JSON object'],
  ['truncated', { kind: 'truncated' }, 'the answer is not a JSON object'],
  ['an array', ok([{ access_token: 'a' }]), 'the answer is not a JSON object'],
  ['null', ok('null'), 'the answer is not a JSON object'],
  ['an empty object', ok({}), 'the answer has no access_token'],
  ['without a token', { kind: 'withoutAccessToken' }, 'the answer has no access_token'],
  ['of wrong types', { kind: 'wrongTypes' }, 'access_token is not a usable token'],
  ['a number for a token', ok({ access_token: 7 }), 'access_token is not a usable token'],
  ['an empty token', ok({ access_token: '' }), 'access_token is not a usable token'],
  ['a token with a line break', ok({ access_token: 'a\r\nX-Evil: 1' }), 'access_token is not a usable token'],
  ['a token of 100 kB', ok({ access_token: 'x'.repeat(100_000) }), 'access_token is not a usable token'],
  [
    'a refresh token that is none',
    ok({ access_token: 'a', refresh_token: { a: 1 } }),
    'refresh_token is not a usable token',
  ],
  [
    'an error inside',
    { kind: 'errorInside' },
    /^the answer has no access_token; it says: internal_error \/ Something went wrong$/,
  ],
  ['an error inside that sounds definite', ok({ error: 'invalid_grant', statusCode: 400 }), /it says: invalid_grant/],
  [
    "another location's token",
    ok({ access_token: 'a', locationId: 'anotherLocation' }),
    'the answer is a token of another place',
  ],
  ["a company's token", ok({ access_token: 'a', userType: 'Company' }), 'the answer is a token of another place'],
  [
    'polluted',
    ok('{"__proto__":{"access_token":"a"},"constructor":{"prototype":{"access_token":"a"}}}'),
    'the answer has no access_token',
  ],
];

const noSecrets = (scene: Scene, ...things: unknown[]): void => {
  const shown = things
    .map((thing) => `${inspect(thing, { depth: Infinity, showHidden: true })} ${JSON.stringify(thing)}`)
    .join('\n');
  for (const secret of scene.simulator.secrets()) expect(shown.includes(secret)).toBe(false);
};

describe('a refresh that is answered with a success that is', () => {
  it.each(BAD)(
    '%s: GHL_UNEXPECTED_RESPONSE, the stored credential untouched, repeated, and well afterwards',
    async (_, action, words) => {
      const scene = await locationScene();
      const before = await scene.credential();
      const trouble = scene.simulator.outage(action, REFRESH);
      const error = await scene.recover();
      expect(error).toMatchObject({ code: 'GHL_UNEXPECTED_RESPONSE', status: 200, retryable: true });
      const said = (error as Error).message.replace(/^Refreshing: HTTP 200 /, '');
      if (words instanceof RegExp) expect(said).toMatch(words);
      else expect(said).toBe(words);
      expect(scene.calls()).toHaveLength(2);
      expect(await scene.credential()).toEqual(before);
      expect(await scene.look()).toMatchObject({
        state: 'retrying',
        code: 'GHL_UNEXPECTED_RESPONSE',
        refreshable: true,
      });
      noSecrets(scene, error, await scene.look(), scene.instance.log, scene.instance.told);
      trouble.end();
      await scene.wait(MINUTE);
      expect(await scene.recover()).toBe('refresh');
      expect(await scene.look()).toMatchObject({ state: 'active' });
    },
  );

  it.each(BAD.slice(0, 4))(
    '%s, once, although HighLevel has rotated: the repetition within the grace brings the pair',
    async (_, action) => {
      const scene = await locationScene();
      scene.simulator.fault({ match: REFRESH, do: { ...action, handled: true } });
      expect(await scene.recover()).toBe('refresh');
      expect(scene.calls()).toEqual([`refresh: ${action.kind}`, 'refresh: repeated']);
    },
  );

  it('huge: broken off, and treated as an answer that was lost', async () => {
    const scene = await locationScene();
    scene.simulator.fault({ match: REFRESH, do: { kind: 'huge', handled: true } });
    expect(await scene.recover()).toBe('refresh');
    expect(scene.calls()).toEqual(['refresh: huge', 'refresh: repeated']);
    const trouble = scene.simulator.outage('huge', REFRESH);
    await scene.wait(DAY);
    expect(await scene.token()).toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
    trouble.end();
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('refresh');
  });

  it('keeps the traceId of such an answer', async () => {
    const scene = await locationScene();
    scene.simulator.outage(ok({ traceId: TRACE_ID }), REFRESH);
    expect(await scene.recover()).toMatchObject({ code: 'GHL_UNEXPECTED_RESPONSE', traceId: TRACE_ID });
    expect(await scene.look()).toMatchObject({ traceId: TRACE_ID });
  });
});

describe('a code that is answered with a success that is', () => {
  it.each(BAD.filter(([what]) => !what.includes('location') && !what.includes('company')))(
    '%s: asked for once more, then GHL_UNEXPECTED_RESPONSE and nothing stored',
    async (_, action) => {
      const scene = await locationScene();
      const { locationId } = scene.simulator.addLocation();
      const { code } = scene.simulator.installLocation(locationId);
      const trouble = scene.simulator.outage(action, EXCHANGE);
      const error: unknown = await scene.bench
        .run(scene.instance.tokens.exchangeCode(code))
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'GHL_UNEXPECTED_RESPONSE', status: 200 });
      noSecrets(scene, error, scene.instance.log);
      await expect(scene.instance.tokens.status({ locationId })).rejects.toMatchObject({
        code: 'GHL_INSTALLATION_UNKNOWN',
      });
      trouble.end();
      expect(await scene.bench.run(scene.instance.tokens.exchangeCode(code))).toMatchObject({
        installation: { locationId },
      });
    },
  );

  it('without a place: GHL_UNEXPECTED_RESPONSE, since nobody knows whose it is', async () => {
    const scene = await locationScene();
    scene.simulator.fault({
      match: EXCHANGE,
      do: ok({ access_token: 'a', refresh_token: 'r', userId: 'u', traceId: TRACE_ID }),
    });
    await expect(scene.bench.run(scene.instance.tokens.exchangeCode('code'))).rejects.toMatchObject({
      code: 'GHL_UNEXPECTED_RESPONSE',
      status: 200,
      traceId: TRACE_ID,
      message: expect.stringMatching(/which location or company/),
    });
  });
});

it('a missing refresh token never takes the place of the stored one', async () => {
  for (const refresh_token of [undefined, null, '']) {
    const scene = await locationScene();
    const before = await scene.credential();
    scene.simulator.settings.token.shapeAnswer = (answer) => ({ ...answer, refresh_token });
    scene.simulator.settings.token.rotates = false;
    expect(await scene.recover()).toBe('refresh');
    const after = await scene.credential();
    expect(after).toMatchObject({
      refreshToken: before?.refreshToken,
      refreshTokenRefused: false,
      refreshTokenIssuedAt: before?.refreshTokenIssuedAt,
    });
    expect(after?.accessToken).not.toBe(before?.accessToken);
  }
});

it('scopes and user type that an answer leaves out are kept', async () => {
  const scene = await locationScene();
  const before = await scene.credential();
  scene.simulator.settings.token.shapeAnswer = ({ access_token, refresh_token, userId }) => ({
    access_token,
    refresh_token,
    userId,
  });
  expect(await scene.recover()).toBe('refresh');
  const after = await scene.credential();
  expect(after).toMatchObject({ scopes: before?.scopes, userType: 'Location', clientId: before?.clientId });
  expect(after?.refreshToken).not.toBe(before?.refreshToken);
});
