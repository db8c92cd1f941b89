import { describe, expect, it } from '@jest/globals';
import {
  DAY,
  HOUR,
  locationScene,
  MINUTE,
  nest,
  RECONNECT,
  SECOND,
  TRACE_ID,
  type Scene,
  type SceneOptions,
} from './support/scene.js';

/** A location of which every token is dead: Reconnect is what is left. */
async function deadScene(options: SceneOptions = {}): Promise<Scene> {
  const scene = await locationScene(options);
  scene.simulator.invalidateAll();
  scene.calls();
  return scene;
}

const REMOVED = nest(400, 'API endpoint has been removed');

describe('Reconnect that answers "API endpoint has been removed"', () => {
  it.each([REMOVED, nest(400, ['api endpoint has been REMOVED']), nest(410, 'API endpoint has been removed')])(
    'ends the installation, closes the way for the client id, and names what it lacks (%j)',
    async (answer) => {
      const scene = await deadScene();
      scene.simulator.outage(answer, RECONNECT);
      expect(await scene.recover()).toMatchObject({
        code: 'GHL_NEEDS_REAUTHORIZATION',
        status: answer.status,
        traceId: TRACE_ID,
        reauthorizeUrl: expect.stringContaining('/v2/oauth/chooselocation?'),
        cause: { code: 'GHL_RECONNECT_UNAVAILABLE', traceId: TRACE_ID },
      });
      expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid', `reconnect: ${answer.status}`]);
      expect(await scene.look()).toMatchObject({
        ...{ state: 'needs_reauthorization', refreshable: false, code: 'GHL_RECONNECT_UNAVAILABLE', rung: 'reconnect' },
        ...{ traceId: TRACE_ID, retryInMs: null },
      });
    },
  );

  it('is asked once for all: further installations end without a call to it', async () => {
    const scene = await locationScene();
    const other = await scene.bench.installed(scene.instance);
    scene.simulator.invalidateAll();
    scene.simulator.setReconnect('removed');
    await scene.recover();
    scene.calls();
    expect(await scene.recover(other)).toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
      cause: { code: 'GHL_RECONNECT_UNAVAILABLE' },
    });
    expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid']);
  });

  it('is tried again now and then by one installation, and brings all back when it is there again', async () => {
    const scene = await locationScene();
    const other = await scene.bench.installed(scene.instance);
    scene.simulator.invalidateAll();
    scene.simulator.setReconnect('removed');
    for (const ref of [scene.ref, other]) await scene.recover(ref);
    scene.calls();
    for (let hour = 0; hour < 3; hour += 1) {
      await scene.wait(HOUR);
      for (const ref of [scene.ref, other])
        expect(await scene.token(ref)).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
      expect(scene.calls()).toEqual(['reconnect: endpointRemoved']);
    }
    scene.simulator.setReconnect('available');
    await scene.wait(HOUR);
    for (const ref of [scene.ref, other]) expect(await scene.token(ref)).toEqual(expect.any(String));
    expect(scene.calls()).toEqual(['reconnect: issued', 'exchange: issued', 'reconnect: issued', 'exchange: issued']);
    expect(await scene.told()).toEqual([
      'active',
      'active',
      'needs_reauthorization',
      'needs_reauthorization',
      'active',
      'active',
    ]);
  });

  it('is told to the one who reconnects on purpose, and leaves the installation as it was', async () => {
    const scene = await locationScene();
    scene.simulator.outage(REMOVED, RECONNECT);
    await expect(scene.bench.run(scene.instance.reconnects.reconnect(scene.ref))).rejects.toMatchObject({
      code: 'GHL_RECONNECT_UNAVAILABLE',
      status: 400,
      traceId: TRACE_ID,
      message: expect.stringContaining('API endpoint has been removed'),
    });
    expect(await scene.look()).toMatchObject({ state: 'active', refreshable: true });
    expect(await scene.recover()).toBe('refresh');
  });

  it('says nothing of another client id', async () => {
    const scene = await locationScene({ clients: 2 });
    const { simulator, bench } = scene;
    const { locationId } = simulator.addLocation();
    const { clientId = '' } = bench.app.clients[1] ?? {};
    const { code } = simulator.installLocation(locationId, { clientId });
    await bench.run(scene.instance.tokens.exchangeCode(code, { clientId }));
    simulator.invalidateAll();
    simulator.outage(REMOVED, { ...RECONNECT, clientId: bench.app.client.clientId });
    expect(await scene.recover()).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(await scene.recover({ locationId })).toBe('reconnect');
  });
});

describe('Reconnect that answers with another text', () => {
  it.each([
    [
      nest(400, 'Endpoint /oauth/reconnect not available in API version v3. This endpoint was removed in version v3.'),
      /malformed/,
    ],
    [nest(404, 'Cannot POST /oauth/reconnect'), /Cannot POST/],
    [nest(400, 'Send either locationId or companyId'), /Send either/],
    [nest(418, 'something new'), /something new/],
    [nest(403, ['something new']), /something new/],
  ])('%j is not that removal: nothing is closed, nothing is given up, it is tried again', async (answer, words) => {
    const scene = await deadScene();
    const trouble = scene.simulator.outage(answer, RECONNECT);
    expect(await scene.recover()).toMatchObject({
      code: 'GHL_UNEXPECTED_RESPONSE',
      status: answer.status,
      traceId: TRACE_ID,
      message: expect.stringMatching(words),
    });
    expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid', `reconnect: ${answer.status}`]);
    expect(await scene.look()).toMatchObject({
      state: 'retrying',
      rung: 'reconnect',
      retryInMs: 3.75 * SECOND,
      refreshable: false,
    });
    trouble.end();
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('reconnect');
    expect(scene.calls()).toEqual(['reconnect: issued', 'exchange: issued']);
  });

  it('becomes a refusal when it was heard twelve times over a day', async () => {
    const scene = await deadScene();
    scene.simulator.outage(nest(418, 'something new'), RECONNECT);
    const began = scene.bench.clock.now();
    while ((await scene.look()).state !== 'needs_reauthorization') {
      await scene.token();
      await scene.wait(30 * MINUTE);
    }
    expect(scene.bench.clock.now() - began).toBeGreaterThanOrEqual(DAY);
    expect(scene.calls().length).toBeGreaterThanOrEqual(12);
  });

  it.each([nest(400, 'The app is not installed here'), nest(404, 'No installation found')])(
    '%j ends the installation, and closes nothing for others',
    async (answer) => {
      const scene = await locationScene();
      const other = await scene.bench.installed(scene.instance);
      scene.simulator.invalidateAll();
      scene.simulator.fault({ match: RECONNECT, do: answer });
      expect(await scene.recover()).toMatchObject({
        code: 'GHL_NEEDS_REAUTHORIZATION',
        traceId: TRACE_ID,
        cause: { code: 'GHL_GRANT_REFUSED' },
      });
      expect(await scene.recover(other)).toBe('reconnect');
      await scene.wait(DAY);
      scene.calls();
      expect(await scene.token()).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
      expect(scene.calls()).toEqual([]);
    },
  );

  it('"Location is not active" suspends', async () => {
    const scene = await deadScene();
    scene.simulator.deactivate(scene.ref);
    expect(await scene.recover()).toMatchObject({
      code: 'GHL_SUSPENDED',
      retryAt: new Date(scene.bench.clock.now() + 6 * HOUR),
    });
    scene.simulator.activate(scene.ref);
    await scene.wait(6 * HOUR);
    expect(await scene.token()).toEqual(expect.any(String));
  });
});

describe('Reconnect that works', () => {
  it('hands over its traceId, the time of its code, and the client id that HighLevel accepted', async () => {
    const scene = await deadScene();
    const result = await scene.bench.run(scene.instance.reconnects.reconnect(scene.ref));
    expect(result).toMatchObject({
      installation: scene.ref,
      clientId: scene.bench.app.client.clientId,
      traceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      expiresAt: new Date(scene.bench.clock.now() + MINUTE),
      credential: { token: (await scene.credential())?.accessToken },
    });
    expect(await scene.look()).toMatchObject({ state: 'active', origin: 'reconnect', refreshable: true });
  });

  it('works for an installation that the store does not know, and for a company', async () => {
    const scene = await locationScene();
    const { companyId } = scene.simulator.addCompany();
    scene.simulator.installCompany(companyId);
    const { credential } = await scene.bench.run(scene.instance.reconnects.reconnect({ companyId }));
    expect(credential.userType).toBe('Company');
    expect(await scene.look({ companyId })).toMatchObject({ state: 'active' });
  });

  it('sends nothing that does not belong there, and the code at once', async () => {
    const scene = await deadScene({ settings: { strictHeaders: true, reconnect: { codeLifetimeMs: 1 } } });
    expect(await scene.recover()).toBe('reconnect');
    expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid', 'reconnect: issued', 'exchange: issued']);
  });
});
