import type { Agent } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { createEngine, type Engine } from '../../../lib/engine.js';
import { AxiosTransport } from '../../../lib/highlevel/axios-transport.js';
import { InMemoryRepository } from '../../../lib/index.js';
import { ReconnectService } from '../../../lib/services/reconnect.service.js';
import { TokenService } from '../../../lib/services/token.service.js';
import { HighLevelSimulator, SimulatorServer, type FaultKind } from '../../../lib/testing.js';

const MINUTE = 60_000;
const CALL_LIMIT_MS = 150;
const REFRESH = { grantType: 'refresh_token' } as const;

const simulator = new HighLevelSimulator();
const app = simulator.addApp();
const server = new SimulatorServer(simulator, { clock: simulator.clock });
const transport = new AxiosTransport();
const log: unknown[] = [];
let engine: Engine;
let tokens: TokenService;
let reconnects: ReconnectService;

const run = <T>(promise: Promise<T>): Promise<T> => simulator.clock.drive(promise);
const line = (...args: unknown[]): void => void log.push(args);

beforeAll(async () => {
  const apiBaseUrl = await server.start();
  engine = createEngine({
    settings: resolveSettings(
      {
        clients: app.clients,
        redirectUri: app.redirectUris[0] as string,
        scopes: app.scopes,
        apiBaseUrl,
        timeouts: { highLevelMs: CALL_LIMIT_MS },
      },
      {},
    ),
    repository: new InMemoryRepository(),
    directory: undefined,
    listener: undefined,
    transport,
    clock: simulator.clock,
    log: { debug: line, info: line, warn: line, error: line },
    random: () => 0.5,
  });
  tokens = new TokenService(engine);
  reconnects = new ReconnectService(engine);
});
afterEach(() => simulator.clearFaults());
afterAll(async () => {
  await run(engine.close());
  transport.close();
  await server.stop();
});

async function installed(): Promise<{ locationId: string }> {
  const { locationId } = simulator.addLocation();
  await run(tokens.exchangeCode(simulator.installLocation(locationId).code));
  return { locationId };
}

const credentialOf = async (ref: { locationId: string }) =>
  (await engine.registry.find(engine.keeper.placeOf(ref).key))?.installation.credential;

const assertNoSecrets = (...things: unknown[]): void => {
  const shown = things.map((thing) => inspect(thing, { depth: Infinity, showHidden: true })).join('\n');
  for (const secret of simulator.secrets()) expect(shown.includes(secret)).toBe(false);
};

describe('over real sockets', () => {
  it('an installation is made, refreshed, reconnected, and minted from its company', async () => {
    const ref = await installed();
    expect(await run(reconnects.recover(ref))).toMatchObject({ rung: 'refresh' });
    simulator.invalidateAll(ref);
    expect(await run(reconnects.recover(ref))).toMatchObject({ rung: 'reconnect', traceId: expect.any(String) });
    const { companyId } = simulator.addCompany();
    const { locationId } = simulator.addLocation({ companyId });
    await run(tokens.exchangeCode(simulator.installCompany(companyId, { bulk: true }).code));
    expect(await run(tokens.mintLocationToken({ companyId, locationId }))).toMatchObject({ userType: 'Location' });
  });

  it.each<[FaultKind, string, number]>([
    ['notJson', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['html', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['empty', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['truncated', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['withoutAccessToken', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['wrongTypes', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['errorInside', 'GHL_UNEXPECTED_RESPONSE', 200],
    ['huge', 'GHL_UPSTREAM_UNAVAILABLE', 0],
    ['reset', 'GHL_UPSTREAM_UNAVAILABLE', 0],
    ['hang', 'GHL_UPSTREAM_UNAVAILABLE', 0],
  ])(
    'answers that are %s: %s, the stored credential untouched, nothing leaks, and all is well afterwards',
    async (kind, code, status) => {
      const ref = await installed();
      const before = await credentialOf(ref);
      const trouble = simulator.outage(kind, REFRESH);
      const error: unknown = await run(reconnects.recover(ref)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, ...(status > 0 && { status }) });
      expect(trouble.hits).toBe(2);
      expect(await credentialOf(ref)).toMatchObject({ ...before });
      expect(await tokens.status(ref)).toMatchObject({ state: 'retrying', refreshable: true });
      assertNoSecrets(error, log);
      trouble.end();
      await simulator.clock.advance(MINUTE);
      expect(await run(reconnects.recover(ref))).toMatchObject({ rung: 'refresh' });
    },
  );

  it.each<FaultKind>(['lost', 'truncated', 'huge', 'html'])(
    'a rotation whose answer is %s once is repeated within the grace',
    async (kind) => {
      const ref = await installed();
      simulator.fault({ match: REFRESH, do: { kind, handled: true } });
      expect(await run(reconnects.recover(ref))).toMatchObject({ rung: 'refresh' });
      expect(simulator.ledger.rotations(ref)).toHaveLength(1);
      expect(simulator.ledger.graceRepeats(ref)).toHaveLength(1);
    },
  );

  it('a port where nobody listens counts as not presented: one attempt, and the token is whole afterwards', async () => {
    const ref = await installed();
    await server.down();
    // A connection that was kept, and broke, would leave it open whether the call arrived.
    const { freeSockets } = (transport as unknown as { httpAgent: Agent }).httpAgent;
    while (Object.keys(freeSockets).length > 0) await new Promise((resolve) => setImmediate(resolve));
    const error: unknown = await run(reconnects.recover(ref)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') });
    const found = await engine.registry.find(engine.keeper.placeOf(ref).key);
    expect(found?.installation.mark).toBeNull();
    assertNoSecrets(error, log);
    await server.start();
    await simulator.clock.advance(MINUTE);
    expect(await run(reconnects.recover(ref))).toMatchObject({ rung: 'refresh' });
    expect(simulator.ledger.refreshes(ref)).toHaveLength(1);
  });

  it('an answer slower than the limit of one call is not waited for', async () => {
    const ref = await installed();
    simulator.outage('hang', REFRESH);
    const started = performance.now();
    await expect(run(reconnects.recover(ref))).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining(`${CALL_LIMIT_MS} ms`),
    });
    expect(performance.now() - started).toBeLessThan(2 * CALL_LIMIT_MS + 2_000);
  });
});
