import { Controller, Get, Inject, Module, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import {
  GhlAuthHealthIndicator,
  GhlAuthModule,
  InMemoryRepository,
  ReconnectService,
  TokenService,
  type GhlAuthRecord,
} from '../../../lib/index.js';
import { HighLevelSimulator, SimulatorTransport } from '../../../lib/testing.js';

class BrittleRepository extends InMemoryRepository {
  /** How it answers. */
  mood: 'well' | 'dead' | 'hanging' = 'well';

  override find(key: string): Promise<GhlAuthRecord | null> {
    if (this.mood === 'dead') return Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'));
    return this.mood === 'hanging' ? new Promise(() => undefined) : super.find(key);
  }
}

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(GhlAuthHealthIndicator) private readonly ghlAuth: GhlAuthHealthIndicator,
  ) {}

  @Get('readiness')
  @HealthCheck()
  readiness(): Promise<HealthCheckResult> {
    return this.health.check([() => this.ghlAuth.check('ghl-auth')]);
  }
}

describe('readiness by @nestjs/terminus', () => {
  let simulator: HighLevelSimulator;
  let repository: BrittleRepository;
  let app: INestApplication;
  let place: { readonly locationId: string };

  beforeEach(async () => {
    simulator = new HighLevelSimulator();
    repository = new BrittleRepository();
    const { clients, redirectUris, scopes } = simulator.addApp();
    const auth = GhlAuthModule.forRoot({
      repository: { useValue: repository },
      transport: { useValue: new SimulatorTransport(simulator) },
      clock: { useValue: simulator.clock },
      clients,
      redirectUri: redirectUris[0] as string,
      scopes,
      job: { enabled: false },
    });
    @Module({ imports: [auth, TerminusModule.forRoot({ logger: false })], controllers: [HealthController] })
    class AppModule {}
    app = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { locationId } = simulator.addLocation();
    place = { locationId };
    const { code } = simulator.installLocation(locationId);
    await simulator.clock.drive(app.get(TokenService).exchangeCode(code));
  });
  afterEach(() => app.close());

  const readiness = async (): Promise<{ status: number; body: HealthCheckResult }> => {
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    const response = await fetch(`http://127.0.0.1:${port}/health/readiness`);
    return { status: response.status, body: (await response.json()) as HealthCheckResult };
  };

  /** A recovery that does not succeed, with the code that it ends with. */
  const fail = async (): Promise<unknown> => {
    const recovery = app.get(ReconnectService).recover(place);
    return simulator.clock.drive(recovery.catch(({ code }: { code: string }) => code));
  };

  it('is there while all is well', async () => {
    const { status, body } = await readiness();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', details: { 'ghl-auth': { status: 'up', store: 'up' } } });
  });

  it.each([
    [
      "a customer's installation is dead",
      'GHL_NEEDS_REAUTHORIZATION',
      () => {
        simulator.invalidateAll();
        simulator.setReconnect('removed');
      },
    ],
    ['a customer is suspended', 'GHL_SUSPENDED', () => void simulator.deactivate(place)],
    ['HighLevel is down', 'GHL_UPSTREAM_UNAVAILABLE', () => void simulator.outage({ status: 503 })],
  ])('stays while %s', async (_, code, trouble) => {
    trouble();
    expect(await fail()).toBe(code);
    const { status, body } = await readiness();
    expect(status).toBe(200);
    expect(body.status).toBe('ok');
  });

  it('goes while the store is dead, with the reason, and comes back with the store', async () => {
    repository.mood = 'dead';
    const { status, body } = await readiness();
    expect(status).toBe(503);
    expect(body.error).toEqual({
      'ghl-auth': { status: 'down', store: expect.stringMatching(/find\(\)/), unsaved: 0 },
    });
    repository.mood = 'well';
    expect((await readiness()).status).toBe(200);
  });

  it('goes while the store hangs', async () => {
    repository.mood = 'hanging';
    const answer = readiness();
    const { status, body } = await simulator.clock.drive(answer);
    expect(status).toBe(503);
    expect(body.status).toBe('error');
  });
});
