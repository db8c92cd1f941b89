import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, locationScene, MINUTE, nest, oauth, SECOND, type Scene } from './support/scene.js';

/** An API call's error, as an HTTP client throws it. */
class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly response: { readonly status: number; readonly data: unknown },
  ) {
    super(`Request failed with status code ${status}`);
  }
}

/** One API call of a host that sends the token itself. @returns what came of it, with the number of times it was sent */
async function call(scene: Scene, isPatient = false): Promise<{ status: number; sent: number; error?: unknown }> {
  let sent = 0;
  const send = async (token: string): Promise<number> => {
    sent += 1;
    const { status, body } = scene.simulator.handle({
      method: 'GET',
      url: `/contacts/?locationId=${(scene.ref as { locationId: string }).locationId}`,
      headers: { authorization: `Bearer ${token}`, version: '2021-07-28', 'user-agent': 'test' },
    });
    if (status >= 400) throw new HttpError(status, { status, data: JSON.parse(body) as unknown });
    return status;
  };
  const calling = scene.instance.tokens.withAccessToken(scene.ref, send);
  // A caller who waits for a young token to become known sleeps in the background, which moves no clock.
  const passing = isPatient ? scene.wait(2 * SECOND) : Promise.resolve();
  const ended = calling.then(
    (status) => ({ status, sent }),
    (error: unknown) => ({ status: (error as HttpError).status, sent, error }),
  );
  return passing.then(() => scene.bench.run(ended));
}

/** A location whose token is older than seconds. */
async function oldScene(): Promise<Scene> {
  const scene = await locationScene();
  await scene.wait(MINUTE);
  scene.calls();
  return scene;
}

describe('an API call that is answered with what a new token can repair', () => {
  it.each([
    nest(401, 'Invalid JWT'),
    nest(401, 'INVALID JWT'),
    nest(401, ['Invalid JWT']),
    nest(401, 'Invalid token: access token is invalid'),
    oauth(401, 'invalid_token', 'Invalid token: access token is invalid'),
  ])('%j: one rotation, one repetition', async (answer) => {
    const scene = await oldScene();
    scene.simulator.forceApiAnswer(answer, { times: 1 });
    expect(await call(scene)).toEqual({ status: 200, sent: 2 });
    expect(scene.calls()).toEqual(['refresh: issued']);
  });

  it('from an honest HighLevel, for a token that was killed and for one that has run out', async () => {
    const scene = await oldScene();
    scene.simulator.killAccessToken(scene.ref);
    expect(await call(scene)).toEqual({ status: 200, sent: 2 });
    await scene.wait(HOUR);
    scene.simulator.expireAccessToken(scene.ref);
    expect(await call(scene)).toEqual({ status: 200, sent: 2 });
    expect(scene.calls()).toEqual(['refresh: issued', 'refresh: issued']);
  });

  it('on a token that is seconds old: repeated a moment later with the same token, nothing rotated', async () => {
    const scene = await locationScene();
    scene.calls();
    scene.simulator.forceApiAnswer(nest(401, 'Invalid JWT'), { times: 1 });
    expect(await call(scene, true)).toEqual({ status: 200, sent: 2 });
    expect(scene.calls()).toEqual([]);
  });

  it('whatever the token: at most a handful of rotations a day, and never a third sending', async () => {
    const scene = await oldScene();
    scene.simulator.forceApiAnswer(nest(401, 'Invalid JWT'));
    for (let minute = 0; minute < 20 * 60; minute += 5) {
      const { status, sent } = await call(scene);
      expect(status).toBe(401);
      expect(sent).toBeLessThanOrEqual(2);
      await scene.wait(5 * MINUTE);
    }
    expect(scene.calls().filter((name) => name === 'refresh: issued').length).toBeLessThanOrEqual(8);
    expect(await scene.look()).toMatchObject({ state: 'active' });
  });

  it('and cannot be: the error of the recovery, not the one of the call', async () => {
    const scene = await oldScene();
    scene.simulator.invalidateAll();
    scene.simulator.setReconnect('removed');
    expect(await call(scene)).toMatchObject({ sent: 1, error: { code: 'GHL_NEEDS_REAUTHORIZATION' } });
    scene.calls();
    expect(await call(scene)).toMatchObject({ sent: 0, error: { code: 'GHL_NEEDS_REAUTHORIZATION' } });
    expect(scene.calls()).toEqual([]);
  });
});

describe('an API call that is answered with what no token repairs', () => {
  it.each([
    nest(401, 'The token is not authorized for this scope.'),
    nest(401, 'THE TOKEN IS NOT AUTHORIZED FOR THIS SCOPE.'),
    oauth(401, 'insufficient_scope', 'The token is not authorized for this scope.'),
    nest(401, 'This authClass type is not allowed to access this scope. Please use another one.'),
    nest(401, "Token's user type mismatch!"),
    nest(401, "This token's user type is not yet supported!"),
    nest(401, 'version header was not found.'),
    nest(401, 'version header is invalid'),
    nest(403, 'The token does not have access to this location.'),
    nest(403, 'This location is not accessible from this token!'),
    nest(403, 'Invalid JWT'),
    nest(400, 'Invalid JWT'),
    nest(404, 'Not found'),
    nest(429, 'Too many requests'),
    nest(500, 'Invalid JWT'),
  ])('%j: the error itself, sent once, nothing rotated, however often', async (answer) => {
    const scene = await oldScene();
    const before = await scene.credential();
    scene.simulator.forceApiAnswer(answer);
    for (let time = 0; time < 20; time += 1) {
      const { error, ...rest } = await call(scene);
      expect(rest).toEqual({ status: answer.status, sent: 1 });
      expect(error).toBeInstanceOf(HttpError);
      await scene.wait(10 * MINUTE);
    }
    expect(scene.calls()).toEqual([]);
    expect(await scene.credential()).toEqual(before);
    expect(await scene.look()).toMatchObject({ state: 'active' });
  });
});

describe('an API call that is answered 401 in unknown words', () => {
  it.each([nest(401, 'Something new'), nest(401, ''), { status: 401, body: {} }, oauth(401, 'unauthorized')])(
    '%j: one try, not one per call',
    async (answer) => {
      const scene = await oldScene();
      scene.simulator.forceApiAnswer(answer);
      expect(await call(scene)).toMatchObject({ status: 401, sent: 2 });
      expect(scene.calls()).toEqual(['refresh: issued']);
      for (let minute = 0; minute < 180; minute += 10) {
        await scene.wait(10 * MINUTE);
        expect(await call(scene)).toMatchObject({ status: 401, sent: 1 });
      }
      expect(scene.calls()).toEqual([]);
    },
  );
});

describe('a host that tells rejections apart itself', () => {
  it('decides what a rejection is', async () => {
    const scene = await oldScene();
    let sent = 0;
    const work = async (): Promise<number> => {
      sent += 1;
      if (sent === 1) throw new Error('session ended');
      return sent;
    };
    const isRejected = (error: unknown): boolean => (error as Error).message === 'session ended';
    expect(await scene.bench.run(scene.instance.tokens.withAccessToken(scene.ref, work, { isRejected }))).toBe(2);
    expect(scene.calls()).toEqual(['refresh: issued']);
    await scene.wait(DAY / 2);
    sent = 0;
    await expect(
      scene.bench.run(scene.instance.tokens.withAccessToken(scene.ref, work, { isRejected: () => false })),
    ).rejects.toThrow('session ended');
    expect(scene.calls()).toEqual([]);
  });
});
