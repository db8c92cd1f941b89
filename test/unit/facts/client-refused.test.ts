import { describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/index.js';
import {
  EXCHANGE,
  HOUR,
  locationScene,
  MINUTE,
  nest,
  oauth,
  REFRESH,
  RECONNECT,
  SECOND,
  TRACE_ID,
} from './support/scene.js';

describe('a refresh that is answered "Invalid client credentials!"', () => {
  it.each([
    oauth(401, 'invalid_client', 'Invalid client credentials!'),
    oauth(401, 'INVALID CLIENT CREDENTIALS!'),
    nest(401, 'Invalid client credentials!'),
    nest(400, ['Invalid client credentials!']),
  ])(
    'is ambiguous: Reconnect is tried at once, and the token is kept unrefused until it has brought something (%j)',
    async (answer) => {
      const scene = await locationScene();
      scene.simulator.fault({ match: REFRESH, do: answer });
      expect(await scene.recover()).toBe('reconnect');
      expect(scene.calls()).toEqual([`refresh: ${answer.status}`, 'reconnect: issued', 'exchange: issued']);
      expect(scene.bench.ledger.presentedTwice()).toEqual([]);
    },
  );

  it('ends in retrying where there is no Reconnect, and the same token works again when the secret does', async () => {
    const scene = await locationScene();
    const before = await scene.credential();
    scene.simulator.setReconnect('removed');
    const wrong = scene.simulator.outage(nest(401, 'Invalid client credentials!'), REFRESH);
    expect(await scene.recover()).toMatchObject({ code: 'GHL_CLIENT_REJECTED', status: 401, traceId: TRACE_ID });
    expect(scene.calls()).toEqual(['refresh: 401', 'reconnect: endpointRemoved']);
    expect(await scene.look()).toMatchObject({
      state: 'retrying',
      refreshable: true,
      rung: 'refresh',
      retryInMs: 3.75 * SECOND,
    });
    expect(await scene.credential()).toEqual(before);
    wrong.end();
    await scene.wait(MINUTE);
    expect(await scene.recover()).toBe('refresh');
    expect(scene.calls()).toEqual(['refresh: issued']);
  });

  it('a wrong secret closes the client id after three installations, of which one tries again now and then', async () => {
    const scene = await locationScene();
    const refs = [scene.ref];
    for (let more = 0; more < 4; more += 1) refs.push(await scene.bench.installed(scene.instance));
    scene.simulator.setReconnect('removed');
    scene.calls();
    const wrong = scene.simulator.outage(nest(401, 'Invalid client credentials!'), REFRESH);
    for (const ref of refs) expect(await scene.recover(ref)).toMatchObject({ code: 'GHL_CLIENT_REJECTED' });
    expect(scene.calls().filter((call) => call.startsWith('refresh'))).toHaveLength(3);
    await scene.wait(30 * MINUTE);
    for (const ref of refs) expect(await scene.recover(ref)).toHaveProperty('code');
    expect(scene.calls()).toEqual([]);
    await scene.wait(31 * MINUTE);
    for (const ref of refs) await scene.recover(ref);
    expect(scene.calls().filter((call) => call.startsWith('refresh'))).toEqual(['refresh: 401']);
    wrong.end();
    await scene.wait(2 * HOUR);
    for (const ref of refs) expect(await scene.recover(ref)).toBe('refresh');
    expect(scene.calls()).toEqual(refs.map(() => 'refresh: issued'));
    expect(await scene.look()).toMatchObject({ state: 'active' });
  });

  it('a grant that is gone at one installation closes nothing for the others', async () => {
    const scene = await locationScene();
    const other = await scene.bench.installed(scene.instance);
    scene.simulator.setReconnect('removed');
    scene.simulator.outage(nest(401, 'Invalid client credentials!'), {
      ...REFRESH,
      locationId: scene.ref.locationId as string,
    });
    for (let time = 0; time < 5; time += 1) {
      expect(await scene.recover()).toHaveProperty('code');
      await scene.wait(2 * HOUR);
      expect(await scene.recover(other)).toBe('refresh');
    }
  });

  it('of a credential whose client id is not configured any more is not even asked for', async () => {
    const scene = await locationScene({ clients: 2 });
    const [, second] = scene.bench.app.clients;
    const later = scene.bench.instance({ options: { clients: [second as NonNullable<typeof second>] } });
    const error: unknown = await scene.bench
      .run(later.reconnects.recover(scene.ref))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'GHL_CLIENT_REJECTED' });
    expect(scene.calls().filter((call) => call.startsWith('refresh'))).toEqual([]);
    expect(await scene.look()).toMatchObject({ state: 'retrying', refreshable: true });
  });
});

describe('Reconnect', () => {
  const secondPair = async (given: Parameters<typeof locationScene>[0] = {}) => {
    const scene = await locationScene({ clients: 2, ...given });
    const { simulator, instance, bench } = scene;
    const [first, second] = bench.app.clients.map(({ clientId }) => clientId);
    const { locationId } = simulator.addLocation();
    simulator.installLocation(locationId, { clientId: second as string });
    // Of the location alone: a company that is confirmed too would be reconnected first, to mint from.
    const directory = { find: (ref: InstallationRef) => (ref.locationId === locationId ? {} : null) };
    const knowing = bench.instance({ directory });
    scene.calls();
    return { scene, first, second, ref: { locationId }, knowing, instance };
  };

  it('of an installation of unknown pair goes through the pairs, and remembers the one that worked', async () => {
    const { scene, second, ref, knowing } = await secondPair();
    await scene.bench.run(knowing.tokens.getAccessToken(ref));
    expect(scene.calls()).toEqual(['reconnect: reconnectWrongPair', 'reconnect: issued', 'exchange: issued']);
    expect(await scene.bench.run(knowing.tokens.status(ref))).toMatchObject({ clientId: second, origin: 'reconnect' });
    scene.simulator.invalidateAll();
    await scene.bench.run(knowing.reconnects.recover(ref));
    expect(scene.calls()).toEqual(['refresh: refreshTokenInvalid', 'reconnect: issued', 'exchange: issued']);
  });

  it('believes the directory about the pair', async () => {
    const { scene, second, ref } = await secondPair();
    const knowing = scene.bench.instance({ directory: { find: () => ({ clientId: second as string }) } });
    await scene.bench.run(knowing.tokens.getAccessToken(ref));
    expect(scene.calls()).toEqual(['reconnect: issued', 'exchange: issued']);
  });

  it('tries no other pair for another answer than one that says wrong pair', async () => {
    for (const answer of [nest(400, 'The app is not installed here'), nest(503, 'down'), nest(418, 'new')]) {
      const { scene, ref, knowing } = await secondPair();
      scene.simulator.fault({ match: RECONNECT, do: answer });
      await scene.bench.run(knowing.tokens.getAccessToken(ref).catch(() => undefined));
      expect(scene.calls()).toEqual([`reconnect: ${answer.status}`]);
    }
  });

  it('with a pair named on purpose uses that one alone', async () => {
    const { scene, first, second, ref, instance } = await secondPair();
    const wrong = instance.reconnects.reconnect(ref, { clientId: first as string });
    await expect(scene.bench.run(wrong)).rejects.toMatchObject({ code: 'GHL_CLIENT_REJECTED', status: 401 });
    expect(scene.calls()).toEqual(['reconnect: reconnectWrongPair']);
    const right = await scene.bench.run(instance.reconnects.reconnect(ref, { clientId: second as string }));
    expect(right).toMatchObject({ clientId: second, installation: ref });
    await expect(instance.reconnects.reconnect(ref, { clientId: 'ffff-other' })).rejects.toMatchObject({
      code: 'GHL_CONFIG_INVALID',
    });
  });
});

describe('the exchange of a code', () => {
  it.each([
    [nest(400, 'Invalid grant: authorization code is invalid'), 'GHL_GRANT_REFUSED', false],
    [oauth(400, 'invalid_grant', 'Authorization code has expired'), 'GHL_GRANT_REFUSED', false],
    [oauth(400, 'INVALID_GRANT', 'AUTHORIZATION CODE HAS ALREADY BEEN USED'), 'GHL_GRANT_REFUSED', false],
    [oauth(400, 'invalid_grant', 'Invalid redirect_uri'), 'GHL_GRANT_REFUSED', false],
    [nest(401, 'Invalid client credentials!'), 'GHL_CLIENT_REJECTED', true],
    [nest(400, 'Location is not active'), 'GHL_SUSPENDED', true],
    [nest(422, ['code should not be empty']), 'GHL_UNEXPECTED_RESPONSE', true],
    [nest(418, 'new'), 'GHL_UNEXPECTED_RESPONSE', true],
    [nest(429, 'slow down'), 'GHL_RATE_LIMITED', true],
  ])('that is answered %j fails with %s, and stores nothing', async (answer, code, retryable) => {
    const scene = await locationScene();
    const { locationId } = scene.simulator.addLocation();
    const install = scene.simulator.installLocation(locationId);
    scene.simulator.fault({ match: EXCHANGE, do: answer });
    const exchanging = scene.instance.tokens.exchangeCode(install.code);
    await expect(scene.bench.run(exchanging)).rejects.toMatchObject({
      code,
      retryable,
      status: answer.status,
      ...('traceId' in answer.body && { traceId: TRACE_ID }),
    });
    expect(scene.calls()).toEqual([`exchange: ${answer.status}`]);
    await expect(scene.instance.tokens.status({ locationId })).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
    });
  });

  it.each(['codeUsed', 'codeExpired', 'codeInvalid'] as const)(
    'of a real simulator for a code with %s',
    async (what) => {
      const scene = await locationScene();
      const { locationId } = scene.simulator.addLocation();
      const { code } = scene.simulator.installLocation(locationId);
      if (what === 'codeUsed') await scene.bench.run(scene.instance.tokens.exchangeCode(code));
      if (what === 'codeExpired') await scene.wait(11 * MINUTE);
      const given = what === 'codeInvalid' ? 'f'.repeat(40) : code;
      await expect(scene.bench.run(scene.instance.tokens.exchangeCode(given))).rejects.toMatchObject({
        code: 'GHL_GRANT_REFUSED',
        status: 400,
      });
      expect(scene.bench.ledger.calls({ refusal: what })).toHaveLength(1);
    },
  );
});
