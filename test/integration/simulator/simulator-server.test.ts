import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, type RunningSimulator, SimulatorServer, startSimulator } from '../../../lib/testing.js';

interface Place {
  readonly locationId: string;
  readonly access: string;
}

describe('the simulator on real HTTP', () => {
  let running: RunningSimulator;
  let place: Place;

  const call = (path: string, init: RequestInit = {}) =>
    fetch(running.baseUrl + path, {
      ...init,
      headers: {
        authorization: `Bearer ${place.access}`,
        version: '2021-07-28',
        ...(init.headers as Record<string, string>),
      },
    });

  beforeEach(async () => {
    running = await startSimulator({ server: { maxBodyBytes: 2_000_000 } });
    running.simulator.addApp();
    const { locationId } = running.simulator.addLocation();
    running.simulator.installLocation(locationId);
    place = { locationId, access: running.simulator.issueTokens({ locationId }).accessToken };
  });

  afterEach(() => running.stop());

  it('answers as the engine does', async () => {
    const answer = await call(`/locations/${place.locationId}`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { location: expect.objectContaining({ id: place.locationId }) },
    ]);
    expect(running.simulator.ledger.apiCalls(place)).toMatchObject([{ status: 200, delivery: 'delivered' }]);
  });

  it('reads bodies byte by byte, chunked or not, and refuses what is too large', async () => {
    const body = createHash('sha512').update('seed').digest();
    const answer = await call('/echo', { method: 'PUT', body: Buffer.concat(Array(9_999).fill(body) as Buffer[]) });
    expect(await answer.json()).toMatchObject({ method: 'PUT', bytes: 9_999 * 64 });
    const stream = new ReadableStream({
      start(controller) {
        for (const part of ['ab', 'c', 'defg']) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const streamed = await call('/echo', { method: 'POST', body: stream, duplex: 'half' });
    expect(await streamed.json()).toMatchObject({
      bytes: 7,
      sha256: createHash('sha256').update('abcdefg').digest('hex'),
    });
    expect((await call('/echo', { method: 'POST', body: 'x'.repeat(2_000_001) })).status).toBe(413);
  });

  it('keeps connections alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve, reject) => {
        const request: ClientRequest = httpRequest(
          `${running.baseUrl}/nothing`,
          { agent },
          (answer: IncomingMessage) => {
            ports.add(answer.socket.localPort);
            answer.resume().once('end', resolve);
          },
        );
        request.once('error', reject).end();
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it.each([
    ['refused', 'faulted'],
    ['reset', 'faulted'],
    ['lost', 'issued'],
  ] as const)('breaks the connection on %s', async (kind, outcome) => {
    const { simulator } = running;
    const { clientId, clientSecret } = simulator.installation(place).app.client;
    const { refreshToken } = simulator.issueTokens(place);
    simulator.fault({ match: { path: '/oauth/token' }, do: kind });
    const body = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    });
    await expect(fetch(`${running.baseUrl}/oauth/token`, { method: 'POST', body })).rejects.toThrow('fetch failed');
    expect(simulator.ledger.refreshes(place)).toMatchObject([{ outcome }]);
    expect((await fetch(`${running.baseUrl}/oauth/token`, { method: 'POST', body })).status).toBe(200);
    expect(simulator.ledger.refreshes(place)).toMatchObject([
      { delivery: 'lost', status: undefined },
      { delivery: 'delivered' },
    ]);
  });

  it('never answers on hang, and notes that the caller gave up', async () => {
    running.simulator.fault({ do: 'hang' });
    await expect(call('/echo', { signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(running.simulator.ledger.entries).toMatchObject([{ delivery: 'lost' }]);
  });

  it('refuses connections for real when it is down, and comes back on the same port', async () => {
    const { baseUrl } = running;
    await running.server.down();
    await expect(call('/echo')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(await running.server.start()).toBe(baseUrl);
    expect((await call('/echo')).status).toBe(200);
  });

  it('stops although answers hang', async () => {
    running.simulator.fault({ do: 'hang' });
    const hanging = call('/echo').catch((error: unknown) => error);
    while (running.simulator.ledger.entries.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await running.stop();
    await expect(hanging).resolves.toMatchObject({ message: 'fetch failed' });
  });
});

describe('time on the server', () => {
  it('passes as latency by endpoint, and for delays, on real time', async () => {
    const { simulator, baseUrl, stop } = await startSimulator({ server: { latency: { tokenMs: 40, apiMs: 5 } } });
    const started = performance.now();
    await fetch(`${baseUrl}/oauth/token`, { method: 'POST' });
    const token = performance.now() - started;
    simulator.fault({ do: { delayMs: 30 } });
    await fetch(`${baseUrl}/oauth/reconnect`, { method: 'POST' });
    const delayed = performance.now() - started - token;
    await stop();
    expect(token).toBeGreaterThan(38);
    expect(delayed).toBeGreaterThan(68);
  });

  it('can be the clock that tests move', async () => {
    const clock = new ManualClock({ autoAdvance: true });
    const { baseUrl, stop, simulator } = await startSimulator({ clock, server: { clock } });
    const before = simulator.now();
    expect((await fetch(`${baseUrl}/echo`)).status).toBe(401);
    expect(simulator.now()).toBe(before);
    await stop();
  });

  it('has a base URL only once it has been started', async () => {
    const { simulator, stop } = await startSimulator();
    expect(() => new SimulatorServer(simulator).baseUrl).toThrow('not been started');
    await stop();
    await stop();
  });
});
