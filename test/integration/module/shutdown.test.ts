import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GhlAuthModule, InMemoryRepository, isGhlAuthError, TokenService } from '../../../lib/index.js';
import { SimulatorTransport } from '../../../lib/testing.js';
import { Backend } from './support/backend.js';

let backend: Backend;
beforeEach(() => {
  backend = new Backend();
});
afterEach(() => backend.stop());

describe('an application that has shut down', () => {
  it('leaves nobody sleeping on the clock, and has closed its transport once', async () => {
    let closed = 0;
    const transport = Object.assign(new SimulatorTransport(backend.simulator), { close: () => void (closed += 1) });
    const module = await backend.start(backend.forRoot({ ...backend.options, transport: { useValue: transport } }));
    const ref = await backend.install(module);
    backend.simulator.outage();
    await backend.simulator.clock.advance(86_400_000);
    await expect(backend.run(module.get(TokenService).getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
    });
    await backend.stop();
    expect(backend.simulator.clock.pendingSleeps).toBe(0);
    expect(closed).toBe(1);
  });

  it('starts no further recovery, and serves on what it holds', async () => {
    const module = await backend.start(backend.forRoot(backend.options));
    const tokens = module.get(TokenService);
    const ref = await backend.install(module);
    await backend.stop();
    expect(await tokens.getAccessToken(ref)).toEqual(expect.any(String));
    const mark = backend.simulator.ledger.mark();
    const error: unknown = await tokens.refresh(ref).catch((reason: unknown) => reason);
    expect(isGhlAuthError(error, 'GHL_SHUTTING_DOWN')).toBe(true);
    expect(backend.simulator.ledger.since(mark).entries).toEqual([]);
  });

  it('does not wait for ever for a HighLevel that never answers', async () => {
    const module = await backend.start(backend.forRoot({ ...backend.options, timeouts: { shutdownMs: 1_000 } }));
    const ref = await backend.install(module);
    backend.simulator.outage('hang');
    const waiting = module
      .get(TokenService)
      .refresh(ref)
      .catch((reason: unknown) => reason);
    let hasEnded = false;
    const ending = module.close().then(() => (hasEnded = true));
    await backend.simulator.clock.advance(999);
    expect(hasEnded).toBe(false);
    await backend.simulator.clock.advance(1);
    expect(hasEnded).toBe(true);
    await ending;
    await backend.run(waiting);
  });

  it('keeps neither timers nor connections of its own, on the real clock and real sockets', async () => {
    const server: Server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(503, { 'content-type': 'application/json' }).end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiBaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const registered = GhlAuthModule.forRoot({
      ...backend.options,
      apiBaseUrl,
      repository: { useValue: new InMemoryRepository() },
    });
    const module = await backend.start(registered);
    await expect(module.get(TokenService).exchangeCode('code')).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
    });
    const connections = promisify(server.getConnections.bind(server));
    expect(await connections()).toBe(1);
    await module.close();
    expect(timers()).toBe(before);
    const closed = await new Promise((resolve) => server.close(resolve));
    expect(closed).toBeUndefined();
    expect(await connections()).toBe(0);
  });
});
