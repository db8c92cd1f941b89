import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import {
  GhlAuthModule,
  GhlHttpService,
  SealingService,
  TokenService,
  type SealingOptions,
} from '../../../lib/index.js';
import { PostgresRepository } from '../../../lib/postgres.js';
import { HighLevelSimulator, SimulatorServer } from '../../../lib/testing.js';
import { eventually } from '../../support/backend.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';
import { makeKey } from '../../support/sealing.js';

const K1 = makeKey('k1');
const K2 = makeKey('k2');
const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };
const WORKERS = 6;

/** A backend instance behind the load balancer, and how many requests it is answering. */
interface Instance {
  readonly application: TestingModule;
  underWay: number;
}

/** A fleet of Nest applications on one PostgreSQL, under load over real sockets, while it is deployed anew. */
class Fleet {
  readonly simulator = new HighLevelSimulator();
  readonly errors: unknown[] = [];
  answered = 0;
  private readonly server = new SimulatorServer(this.simulator);
  private readonly app = this.simulator.addApp();
  private readonly locations: string[] = [];
  private instances: Instance[] = [];
  private killed = 0;
  private isOver = false;
  private load: Promise<unknown> = Promise.resolve();

  constructor(private readonly pool: Pool) {}

  async start(sealing: SealingOptions): Promise<void> {
    await this.server.start();
    await PostgresRepository.fromPool(this.pool).migrate();
    this.instances = [await this.instance(sealing), await this.instance(sealing)];
    for (let made = 0; made < 10; made += 1) await this.install();
    this.load = Promise.all([...Array.from({ length: WORKERS }, () => this.work()), this.trouble()]);
  }

  /** Replaces one instance after the other, each once the fleet has answered for a while. */
  async deploy(sealing: SealingOptions): Promise<void> {
    for (let at = 0; at < this.instances.length; at += 1) {
      const leaving = this.instances[at] as Instance;
      this.instances[at] = await this.instance(sealing);
      await eventually(() => leaving.underWay === 0, 30_000);
      await leaving.application.close();
      const answered = this.answered;
      await eventually(() => this.answered >= answered + 60 || this.errors.length > 0, 30_000);
    }
  }

  reseal() {
    return (this.instances[0] as Instance).application.get(SealingService).reseal();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.load;
    for (const { application } of this.instances) await application.close();
    await this.server.stop();
  }

  private async work(): Promise<void> {
    while (!this.isOver) {
      const instance = this.instances[Math.floor(Math.random() * this.instances.length)] as Instance;
      const locationId = this.locations[Math.floor(Math.random() * this.locations.length)] as string;
      instance.underWay += 1;
      const { axiosRef } = instance.application.get(GhlHttpService);
      await axiosRef.get('/contacts/', { params: { locationId }, ghl: { locationId } }).then(
        () => (this.answered += 1),
        (error: unknown) => this.errors.push(error),
      );
      instance.underWay -= 1;
      await pause(2);
    }
  }

  /** Tokens die, and customers install the app: records are written all the time. */
  private async trouble(): Promise<void> {
    while (!this.isOver) {
      await this.install();
      this.simulator.killAccessToken({ locationId: this.locations[this.killed++] as string });
      await pause(10);
    }
  }

  private async install(): Promise<void> {
    const { locationId } = this.simulator.addLocation();
    const { code } = this.simulator.installLocation(locationId);
    const instance = this.instances[0] as Instance;
    instance.underWay += 1;
    await instance.application
      .get(TokenService)
      .exchangeCode(code)
      .catch((error: unknown) => this.errors.push(error));
    instance.underWay -= 1;
    this.locations.push(locationId);
  }

  private async instance(sealing: SealingOptions): Promise<Instance> {
    const module = GhlAuthModule.forRoot({
      repository: { useValue: PostgresRepository.fromPool(this.pool) },
      clients: this.app.clients,
      redirectUri: this.app.redirectUris[0] as string,
      scopes: this.app.scopes,
      apiBaseUrl: this.server.baseUrl,
      refresh: { freshTokenMs: 0 },
      cache: { lookAgainMs: 100 },
      job: { enabled: false },
      sealing,
    });
    const application = await Test.createTestingModule({ imports: [module] })
      .setLogger(SILENT)
      .compile();
    await application.init();
    return { application, underWay: 0 };
  }
}

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const sealedWith = async (pool: Pool): Promise<unknown[]> =>
  (await pool.query<{ id: string }>(`SELECT DISTINCT split_part(body, ':', 2) AS id FROM ghl_auth_records`)).rows.map(
    ({ id }) => id,
  );

describe('on PostgreSQL, over sockets, without a failed request,', () => {
  it('sealing is introduced and its key rotated while instances of the step before serve beside', async () => {
    const pool = postgres.pool({ connectionString: await postgres.createDatabase(), max: 20 });
    const fleet = new Fleet(pool);
    await fleet.start({});
    await fleet.deploy({ keys: [K1], enabled: false });
    await fleet.deploy({ keys: [K1] });
    expect(await fleet.reseal()).toMatchObject({ keyId: 'k1', remainingWithoutKey: 0, complete: true });
    await fleet.deploy({ keys: [K1, K2], acceptUnsealed: false });
    await fleet.deploy({ keys: [K2, K1], acceptUnsealed: false });
    expect(await fleet.reseal()).toMatchObject({ remainingByKeyId: {}, complete: true, unusedKeyIds: ['k1'] });
    await fleet.deploy({ keys: [K2], acceptUnsealed: false });
    await fleet.stop();
    expect(fleet.errors).toEqual([]);
    expect(fleet.answered).toBeGreaterThan(600);
    expect(await sealedWith(pool)).toEqual(['k2']);
    expect(fleet.simulator.ledger.presentedTwice()).toEqual([]);
    const dump = JSON.stringify((await pool.query('SELECT * FROM ghl_auth_records')).rows);
    expect(fleet.simulator.secrets().filter((secret) => dump.includes(secret))).toEqual([]);
  });

  it('which a step that is left out does not manage', async () => {
    const pool = postgres.pool({ connectionString: await postgres.createDatabase(), max: 20 });
    const fleet = new Fleet(pool);
    await fleet.start({ keys: [K1] });
    await fleet.deploy({ keys: [K2] });
    await fleet.stop();
    expect(fleet.errors).toContainEqual(expect.objectContaining({ code: 'GHL_RECORD_UNREADABLE' }));
  });
});
