import { Global, Inject, Injectable, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getTokenServiceToken,
  GhlAuthModule,
  type GhlAuthRecord,
  type GhlAuthRecordQuery,
  type GhlAuthRepository,
  GhlHttpService,
  InMemoryRepository,
  InjectTokenService,
  type InstallationChange,
  TokenService,
} from '../../../lib/index.js';
import {
  assertLedger,
  getGhlAuthPortToken,
  GhlAuthTestbed,
  GhlAuthTestingModule,
  HighLevelSimulator,
  SimulatorTransport,
  TravellingClock,
} from '../../../lib/testing.js';
import { withEnvironment } from '../module/support/backend.js';
import { ContactsService } from './support/contacts.service.js';

const ENVIRONMENT = {
  GHL_CLIENT_ID: 'backend-1',
  GHL_CLIENT_SECRET: 'not-a-real-secret',
  GHL_REDIRECT_URI: 'https://backend.example/oauth/callback',
  GHL_SCOPES: 'contacts.readonly contacts.write',
};

/** A repository on a database that takes its time to answer. */
@Injectable()
class DatabaseRepository implements GhlAuthRepository {
  readonly store = new InMemoryRepository();
  find = (key: string) => this.slowly(() => this.store.find(key));
  save = (record: GhlAuthRecord, expected: number | null) => this.slowly(() => this.store.save(record, expected));
  list = (query: GhlAuthRecordQuery) => this.slowly(() => this.store.list(query));
  remove = (key: string, expected: number) => this.slowly(() => this.store.remove(key, expected));

  private async slowly<T>(work: () => Promise<T>): Promise<T> {
    await new Promise((resolve) => setTimeout(resolve, 3));
    return work();
  }
}

@Global()
@Module({ providers: [DatabaseRepository], exports: [DatabaseRepository] })
class DatabaseModule {}

const ghlAuth = GhlAuthModule.forRoot({ repository: { useExisting: DatabaseRepository }, imports: [DatabaseModule] });

@Module({ imports: [ghlAuth], providers: [ContactsService] })
class ContactsModule {}

/** As a host writes it: nothing in it knows of tests. */
@Module({ imports: [ScheduleModule.forRoot(), DatabaseModule, ContactsModule] })
class AppModule {}

const started: TestingModule[] = [];
afterEach(async () => {
  for (const module of started.splice(0)) await module.close();
});
const keep = (module: TestingModule): TestingModule => (started.push(module), module);

const startApp = (
  testbed: GhlAuthTestbed,
  options: Parameters<GhlAuthTestbed['override']>[1] = {},
  environment: Readonly<Record<string, string>> = {},
) =>
  withEnvironment({ ...ENVIRONMENT, ...environment }, async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = keep(await testbed.override(builder, options).compile());
    await module.init();
    return module;
  });

const contactsOf = (module: TestingModule) => module.get(ContactsService, { strict: false });

describe('an application as it is, on a testbed', () => {
  it('runs with its own key pairs, in memory, and recovers', async () => {
    const testbed = new GhlAuthTestbed();
    const module = await startApp(testbed);
    const place = await testbed.installLocation('dentist-oslo');
    testbed.simulator.invalidateAll();
    expect(await contactsOf(module).names('dentist-oslo')).toEqual([]);
    assertLedger(testbed).reconnectedOnce(place).keptTheRules();
    expect(testbed.ledger.exchanges()[0]).toMatchObject({ clientId: 'backend-1' });
    expect(testbed.repository.size).toBeGreaterThan(0);
    expect(module.get(DatabaseRepository, { strict: false }).store.size).toBe(0);
  });

  it('calls HighLevel where it is configured to, in the simulator', async () => {
    const testbed = new GhlAuthTestbed();
    const module = await startApp(testbed, {}, { GHL_API_BASE_URL: 'https://api.luna.example' });
    const { locationId } = await testbed.installLocation();
    await contactsOf(module).names(locationId);
    expect(testbed.ledger.entries.map(({ host }) => host)).toEqual(['api.luna.example', 'api.luna.example']);
  });

  it('has no job that runs by itself, unless that is asked for', async () => {
    const timers = (module: TestingModule) => module.get(SchedulerRegistry, { strict: false }).getTimeouts();
    expect(timers(await startApp(new GhlAuthTestbed()))).toEqual([]);
    expect(timers(await startApp(new GhlAuthTestbed(), { job: true }))).toEqual(['ghl-auth:backend:first']);
  });

  it('replaces fresh tokens too, unless told otherwise', async () => {
    const testbed = new GhlAuthTestbed();
    const module = await startApp(testbed, { freshTokenMs: 60_000 });
    const place = await testbed.installLocation('a');
    testbed.simulator.killAccessToken(place);
    await expect(contactsOf(module).names('a')).rejects.toMatchObject({ response: { status: 401 } });
    await testbed.advance(60_000);
    expect(await contactsOf(module).names('a')).toEqual([]);
  });

  it('starts again on the same testbed', async () => {
    const testbed = new GhlAuthTestbed();
    await startApp(testbed);
    const place = await testbed.installLocation('a');
    const module = await startApp(testbed);
    expect(await contactsOf(module).names('a')).toEqual([]);
    assertLedger(testbed).neverRotated(place).apiCalledTimes(1, place);
  });

  it('still refuses to start where it is configured wrongly', async () => {
    const starting = startApp(new GhlAuthTestbed(), {}, { GHL_CLIENT_ID: 'nonsense' });
    await expect(starting).rejects.toMatchObject({ code: 'GHL_CONFIG_INVALID' });
    const builder = Test.createTestingModule({ imports: [GhlAuthModule.forRoot({} as never)] });
    await expect(new GhlAuthTestbed().override(builder).compile()).rejects.toThrow('no repository');
  });
});

describe('with its own repository', () => {
  it('runs on a clock that runs by itself, and can be set forward', async () => {
    const testbed = new GhlAuthTestbed({ clock: new TravellingClock() });
    const module = await startApp(testbed, { repository: 'own' });
    const place = await testbed.installLocation('a');
    await testbed.advance(86_400_000);
    expect(await contactsOf(module).names('a')).toEqual([]);
    assertLedger(testbed).rotatedOnce(place);
    expect(module.get(DatabaseRepository, { strict: false }).store.size).toBeGreaterThan(0);
    expect(testbed.repository.size).toBe(0);
  });

  it('says which clock it needs', () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const override = () => new GhlAuthTestbed().override(builder, { repository: 'own' });
    expect(override).toThrow('new GhlAuthTestbed({ clock: new TravellingClock() })');
  });
});

describe('several registrations', () => {
  @Injectable()
  class Both {
    constructor(
      @InjectTokenService('crm') readonly crm: TokenService,
      @InjectTokenService('billing') readonly billing: TokenService,
    ) {}
  }
  const register = (name: string) =>
    GhlAuthModule.forRootAsync({
      name,
      repository: { useClass: InMemoryRepository },
      inject: [],
      useFactory: () => ({
        clients: [{ clientId: `${name}-1`, clientSecret: `secret-of-${name}` }],
        scopes: ['contacts.readonly'],
        redirectUri: 'https://backend.example/callback',
      }),
    });

  it('are all put on the testbed, each with its own app', async () => {
    const testbed = new GhlAuthTestbed();
    const builder = Test.createTestingModule({ imports: [register('crm'), register('billing')], providers: [Both] });
    const module = keep(await testbed.override(builder).compile());
    for (const name of ['crm', 'billing']) await testbed.installLocation('a', { name });
    const { crm, billing } = module.get(Both);
    expect(await crm.getAccessToken({ locationId: 'a' })).not.toBe(await billing.getAccessToken({ locationId: 'a' }));
    expect(testbed.simulator.apps.map(({ appId }) => appId)).toEqual(['crm', 'billing']);
    expect(module.get<TokenService>(getTokenServiceToken('crm'))).toBe(crm);
  });
});

describe('by hand', () => {
  it("overrideModule() puts the testing module in the place of the host's registration", async () => {
    const builder = Test.createTestingModule({ imports: [DatabaseModule, ContactsModule] });
    const testing = GhlAuthTestingModule.forRoot();
    const module = keep(await builder.overrideModule(ghlAuth).useModule(testing).compile());
    const testbed = module.get(GhlAuthTestbed, { strict: false });
    const { locationId } = await testbed.installLocation();
    expect(await contactsOf(module).names(locationId)).toEqual([]);
    expect(testbed.repository.size).toBeGreaterThan(0);
  });

  it('overrideModule() does so for a global registration', async () => {
    const registration = GhlAuthModule.forRoot({ repository: { useClass: InMemoryRepository }, isGlobal: true });
    @Injectable()
    class Service {
      constructor(@Inject(GhlHttpService) readonly http: GhlHttpService) {}
    }
    @Module({ providers: [Service] })
    class Feature {}
    @Module({ imports: [registration, Feature] })
    class Root {}
    const builder = Test.createTestingModule({ imports: [Root] });
    const testing = GhlAuthTestingModule.forRoot({ isGlobal: true });
    const module = keep(await builder.overrideModule(registration).useModule(testing).compile());
    const place = await module.get(GhlAuthTestbed, { strict: false }).installLocation();
    const { axiosRef } = module.get(Service, { strict: false }).http;
    expect((await axiosRef.get('/echo', { ghl: place })).status).toBe(200);
  });

  it('overrideProvider() replaces one thing that the host brings', async () => {
    const told: InstallationChange[] = [];
    const simulator = new HighLevelSimulator();
    simulator.addApp({
      keyPairs: [{ clientId: ENVIRONMENT.GHL_CLIENT_ID, clientSecret: ENVIRONMENT.GHL_CLIENT_SECRET }],
      redirectUris: [ENVIRONMENT.GHL_REDIRECT_URI],
    });
    await withEnvironment(ENVIRONMENT, async () => {
      const module = keep(
        await Test.createTestingModule({ imports: [AppModule] })
          .overrideProvider(getGhlAuthPortToken('transport'))
          .useValue(new SimulatorTransport(simulator))
          .overrideProvider(getGhlAuthPortToken('clock'))
          .useValue(simulator.clock)
          .overrideProvider(getGhlAuthPortToken('repository'))
          .useValue(new InMemoryRepository())
          .overrideProvider(getGhlAuthPortToken('listener'))
          .useValue({ onInstallationChange: (change: InstallationChange) => void told.push(change) })
          .compile(),
      );
      const { code } = simulator.installLocation('a');
      await simulator.clock.drive(module.get(TokenService, { strict: false }).exchangeCode(code));
      expect(await simulator.clock.drive(contactsOf(module).names('a'))).toEqual([]);
      expect(told).toMatchObject([{ to: 'active' }]);
    });
  });
});
