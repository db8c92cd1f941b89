import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { createEngine, type Engine } from '../../../lib/engine.js';
import { AxiosTransport } from '../../../lib/highlevel/axios-transport.js';
import { systemClock, TokenService } from '../../../lib/index.js';
import { PostgresRepository } from '../../../lib/postgres.js';
import { HighLevelSimulator, SimulatorServer, type SimulatedApp } from '../../../lib/testing.js';
import { eventually } from '../../support/backend.js';
import { Gate } from '../../support/backend-clocks.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { makeKey } from '../../support/sealing.js';
import { SAMPLE, Terminal } from './terminal.js';

const SECOND = 1_000;
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

describe('the command as a process, beside a backend on PostgreSQL', () => {
  let postgres: TestPostgres;
  let pool: Pool;
  let simulator: HighLevelSimulator;
  let server: SimulatorServer;
  let app: SimulatedApp;
  let gate: Gate;
  let backend: Engine;
  let transport: AxiosTransport;
  let tokens: TokenService;
  let terminal: Terminal;

  beforeAll(async () => void (postgres = await startPostgres()));
  afterAll(() => postgres.stop());

  beforeEach(async () => {
    const databaseUrl = await postgres.createDatabase();
    pool = postgres.pool({ connectionString: databaseUrl });
    simulator = new HighLevelSimulator({ clock: systemClock });
    gate = new Gate();
    server = new SimulatorServer(simulator, { clock: gate });
    app = simulator.addApp();
    const { id, key } = makeKey('k1');
    const options = {
      clients: app.clients,
      redirectUri: app.redirectUris[0] as string,
      scopes: app.scopes,
      apiBaseUrl: await server.start(),
      sealing: { keys: [{ id, key }] },
      refresh: { freshTokenMs: 0 },
      lease: { ttlMs: 4_000 },
      timeouts: { highLevelMs: 3_000 },
    };
    const repository = PostgresRepository.fromPool(pool);
    await repository.migrate();
    transport = new AxiosTransport();
    const ports = { repository, directory: undefined, listener: undefined, transport };
    const settings = resolveSettings(options, {});
    backend = createEngine({ ...ports, settings, clock: systemClock, log, random: Math.random });
    tokens = new TokenService(backend);
    terminal = await Terminal.open({
      DATABASE_URL: databaseUrl,
      GHL_CLIENT_ID: app.client.clientId,
      GHL_CLIENT_SECRET: app.client.clientSecret,
      GHL_REDIRECT_URI: options.redirectUri,
      GHL_SCOPES: options.scopes.join(' '),
      GHL_API_BASE_URL: options.apiBaseUrl,
      GHL_AUTH_SEALING_KEYS: `${id}:${key}`,
      GHL_AUTH_REFRESH_FRESH_TOKEN_MS: '0',
      GHL_AUTH_LEASE_TTL_MS: '4000',
      GHL_AUTH_TIMEOUTS_HIGH_LEVEL_MS: '3000',
    });
  });

  afterEach(async () => {
    await backend.close();
    transport.close();
    await Promise.all([server.stop(), terminal.close(), pool.end()]);
  });

  const install = async (): Promise<string> => {
    const { locationId } = simulator.addLocation();
    await tokens.exchangeCode(simulator.installLocation(locationId).code);
    return locationId;
  };

  /** HighLevel holds back its answers to token calls; what they stand for has happened. */
  const holdTokens = () => {
    const open = gate.close();
    const fault = simulator.fault({ match: { path: '/oauth/token' }, times: 'forever', do: { delayMs: 1 } });
    return {
      waiting: () => eventually(() => gate.held === 1, 30 * SECOND),
      release: () => {
        fault.end();
        open();
      },
    };
  };

  it('looks, verifies, and recovers, and prints no secret at its most talkative', async () => {
    const locationId = await install();
    for (const [line, code] of [
      [['list', '--json'], 0],
      [['show', locationId], 0],
      [['verify', locationId], 0],
      [['doctor'], 0],
      [['drill', locationId, '--yes'], 0],
      [['reconnect', locationId, '--yes'], 0],
      [['show', 'nobody'], 4],
    ] as const) {
      const running = terminal.start(...line, '--verbose');
      expect([line, await running.ended, running.err]).toEqual([line, code, expect.any(String)]);
    }
    expect(await tokens.status({ locationId })).toMatchObject({ generation: 3, origin: 'reconnect' });
  });

  it('finishes a rotation that has begun when Ctrl-C comes, and ends with 130', async () => {
    const locationId = await install();
    const held = holdTokens();
    const running = terminal.start('drill', locationId, '--yes');
    await held.waiting();
    running.child.kill('SIGINT');
    held.release();
    expect(await running.ended).toBe(130);
    expect(await tokens.status({ locationId })).toMatchObject({ state: 'active', generation: 2 });
    expect(await terminal.start('verify', locationId).ended).toBe(0);
  });

  it('loses nothing when it is killed in the midst of a drill: the backend finishes the rotation', async () => {
    const locationId = await install();
    const held = holdTokens();
    const running = terminal.start('drill', locationId, '--yes');
    await held.waiting();
    running.child.kill('SIGKILL');
    expect(await running.ended).toBe('SIGKILL');
    held.release();
    await eventually(async () => {
      await backend.sweeper.run();
      return (await tokens.status({ locationId })).generation === 2;
    }, 40 * SECOND);
    expect(await terminal.start('verify', locationId).ended).toBe(0);
    expect(simulator.ledger.presentedTwice()).toEqual([]);
  });

  it('does no harm from two terminals at once', async () => {
    const locationId = await install();
    const both = [1, 2].map(() => terminal.start('reconnect', locationId, '--yes'));
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(await terminal.start('verify', locationId).ended).toBe(0);
  });

  it('takes the options of the sample as they are', async () => {
    const locationId = await install();
    const running = terminal.start('verify', locationId, '--config', SAMPLE);
    expect([await running.ended, running.err]).toEqual([0, '']);
    expect(running.out).toContain(`location:${locationId}`);
  });

  it('ends although the host has left its pool open, and when its reader has seen enough', async () => {
    for (let count = 0; count < 200; count += 1) await install();
    expect(await terminal.start('list', '--config', 'left-open.mjs').ended).toBe(0);
    const running = terminal.start('list', '--json');
    running.child.stdout?.once('data', () => running.child.stdout?.destroy());
    expect([0, 130]).toContain(await running.ended);
    expect(running.err).toBe('');
  });

  it('goes on with a job that was killed in the middle, from another terminal, and repeats no more than was in flight', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 250; count += 1) ids.push(await install());
    for (const locationId of ids) simulator.killAccessToken({ locationId });
    const mark = simulator.ledger.mark();
    const rotations = () => simulator.ledger.since(mark).rotations().length;
    const limits = ['--calls-per-second', '200', '--in-flight', '20'];
    const first = terminal.start('recover', '--all', '--yes', ...limits);
    await eventually(() => rotations() >= 40, 60 * SECOND);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    const listed = terminal.start('jobs', '--json');
    expect(await listed.ended).toBe(0);
    const { id, state } = JSON.parse(listed.out) as { id: string; state: string };
    expect(state).toBe('running');
    const second = terminal.start('jobs', 'resume', id);
    expect([await second.ended, second.err]).toEqual([0, expect.any(String)]);
    expect(second.out).toContain('done\t250 of 250\n');
    expect(rotations()).toBeLessThanOrEqual(250 + 20);
    const report = terminal.start('jobs', 'report', id);
    expect(await report.ended).toBe(0);
    expect(
      new Set(
        report.out
          .trim()
          .split('\n')
          .map((line) => line.split('\t')[0]),
      ).size,
    ).toBe(250);
  }, 180_000);

  it('leaves a job at Ctrl-C after what is under way, says how it goes on, and ends with 130', async () => {
    for (let count = 0; count < 60; count += 1) await install();
    const running = terminal.start('recover', '--all', '--yes', '--calls-per-second', '10');
    await eventually(() => running.err.includes(' of 60'), 60 * SECOND);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(130);
    const [, id = ''] = /ghl-auth jobs resume (\S+) goes on/.exec(running.err) ?? [];
    const cancelled = terminal.start('jobs', 'cancel', id);
    expect(await cancelled.ended).toBe(0);
    expect(cancelled.out).toContain('state\tcancelled\n');
  });
});
