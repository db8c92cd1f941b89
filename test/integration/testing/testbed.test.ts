import { Injectable, Module } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { NUMBER_SETTINGS } from '../../../lib/config/durations.js';
import { VARIABLES } from '../../../lib/config/variables.js';
import {
  getGhlHttpServiceToken,
  GhlHttpService,
  InjectGhlHttpService,
  InjectTokenService,
  ReconnectService,
  RefreshJob,
  TokenService,
  type InstallationChange,
} from '../../../lib/index.js';
import {
  assertLedger,
  getGhlAuthTestbedToken,
  GhlAuthTestbed,
  GhlAuthTestingModule,
  type GhlAuthTestingModuleOptions,
  HighLevelSimulator,
  ManualClock,
  TravellingClock,
} from '../../../lib/testing.js';
import { withEnvironment } from '../module/support/backend.js';
import { ContactsService } from './support/contacts.service.js';

@Module({ providers: [ContactsService] })
class FeatureModule {}

@Injectable()
class Both {
  constructor(
    @InjectGhlHttpService('crm') readonly crm: GhlHttpService,
    @InjectTokenService() readonly unnamed: TokenService,
  ) {}
}

const DAY = 86_400_000;
const started: TestingModule[] = [];
afterEach(async () => {
  for (const module of started.splice(0)) await module.close();
});

const start = async (...registrations: GhlAuthTestingModuleOptions[]) => {
  const imports = (registrations.length === 0 ? [{}] : registrations).map((each) => GhlAuthTestingModule.forRoot(each));
  const module = await Test.createTestingModule({ imports }).compile();
  started.push(module);
  return module;
};

const startOne = async (given: GhlAuthTestingModuleOptions = {}) => {
  const module = await start(given);
  const testbed = module.get(GhlAuthTestbed);
  const { axiosRef } = module.get(GhlHttpService);
  const list = (locationId: string, companyId?: string) =>
    axiosRef
      .get<unknown>('/contacts/', { ghl: { locationId, ...(companyId && { companyId }) }, params: { locationId } })
      .then(({ status }) => status);
  return { module, testbed, list, tokens: module.get(TokenService) };
};

describe('the testbed', () => {
  it('hands out the simulator, the ledger, the clock and what is stored', async () => {
    const { module, testbed } = await startOne();
    expect(module.get(HighLevelSimulator)).toBe(testbed.simulator);
    expect(testbed.clock).toBeInstanceOf(ManualClock);
    expect(Math.abs(testbed.clock.now() - Date.now())).toBeLessThan(60_000);
    const installed = await testbed.installLocation();
    expect(testbed.ledger.exchanges(installed)).toHaveLength(1);
    expect(testbed.repository.size).toBeGreaterThan(0);
  });

  it('is another one for each application, also of one definition', async () => {
    const definition = GhlAuthTestingModule.forRoot();
    const make = () => Test.createTestingModule({ imports: [definition] }).compile();
    const [one, two] = [await make(), await make()];
    started.push(one, two);
    await one.get(GhlAuthTestbed).installLocation('a');
    expect(two.get(GhlAuthTestbed).ledger.entries).toEqual([]);
    expect(two.get(GhlAuthTestbed).repository.size).toBe(0);
  });

  it('installs for a location, in a company of its own or a known one', async () => {
    const { testbed, list, tokens } = await startOne();
    expect(await testbed.installLocation('a')).toEqual({ locationId: 'a', companyId: expect.any(String) });
    expect(await testbed.installLocation('b', { companyId: 'c' })).toEqual({ locationId: 'b', companyId: 'c' });
    expect([await list('a'), await list('b')]).toEqual([200, 200]);
    expect(await tokens.status({ locationId: 'b' })).toMatchObject({ state: 'active', origin: 'code' });
  });

  it('installs for a company, whose locations get their tokens when they are asked for', async () => {
    const { testbed, list } = await startOne({ directory: { useValue: { find: () => ({ companyId: 'agency' }) } } });
    await testbed.installCompany('agency', { locations: ['a', 'b'] });
    expect([await list('a', 'agency'), await list('b')]).toEqual([200, 200]);
    assertLedger(testbed).mintedOnce({ locationId: 'a' }).mintedOnce({ locationId: 'b' }).neverRotated();
    expect((await testbed.installCompany()).companyId).not.toBe('agency');
  });

  it('takes options of an install: scopes, key pair', async () => {
    const { testbed, list, tokens } = await startOne({ app: { clients: 2 } });
    const { clientId = '' } = testbed.simulator.apps[0]?.clients[1] ?? {};
    await testbed.installLocation('a', { clientId, scopes: ['locations.readonly'] });
    expect((await tokens.status({ locationId: 'a' })).clientId).toBe(clientId);
    await expect(list('a')).rejects.toMatchObject({ cause: { code: 'GHL_SCOPE_MISSING' } });
  });

  it('says what reached HighLevel while something was done', async () => {
    const { testbed, list } = await startOne();
    await testbed.installLocation('a');
    const { result, ledger } = await testbed.during(() => list('a'));
    expect([result, ledger.entries.length]).toEqual([200, 1]);
  });
});

describe('tests that are written the first time', () => {
  it('a token that dies the moment after it was issued is replaced, as often as it dies', async () => {
    const { testbed, list } = await startOne();
    const place = await testbed.installLocation('a');
    for (let times = 1; times <= 4; times += 1) {
      testbed.simulator.killAccessToken(place);
      expect(await list('a')).toBe(200);
      assertLedger(testbed).rotatedTimes(times, place).keptTheRules();
    }
  });

  it('a day passes at once', async () => {
    const { testbed, list } = await startOne();
    const place = await testbed.installLocation('a');
    await testbed.advance(DAY);
    expect(await list('a')).toBe(200);
    assertLedger(testbed).rotatedOnce(place);
  });

  it('a refresh whose answer is lost is made up for, without a hand on the clock', async () => {
    const { testbed, list } = await startOne();
    const place = await testbed.installLocation('a');
    testbed.simulator.killAccessToken(place);
    testbed.simulator.fault({ match: { grantType: 'refresh_token' }, do: 'lost' });
    expect(await list('a')).toBe(200);
    assertLedger(testbed).rotatedOnce(place).keptTheRules();
  });

  it('an outage of the token endpoint ends in an error that says when to come back, and then in recovery', async () => {
    const { testbed, list, tokens } = await startOne();
    const place = await testbed.installLocation('a');
    const outage = testbed.simulator.outage({ status: 503 }, { path: 'oauth' });
    testbed.simulator.killAccessToken(place);
    const error: unknown = await list('a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE', retryAt: expect.any(Date) });
    expect((await tokens.status(place)).state).toBe('retrying');
    outage.end();
    await testbed.advance(3_600_000);
    expect(await list('a')).toBe(200);
    assertLedger(testbed).rotatedOnce(place).keptTheRules();
  });

  it.each(['hang', 'reset', 'refused'] as const)(
    'a token endpoint that does this does not hang a test: %s',
    async (kind) => {
      const { testbed, list } = await startOne();
      await testbed.installLocation('a');
      testbed.simulator.invalidateAll();
      testbed.simulator.outage(kind, { path: 'oauth' });
      await expect(list('a')).rejects.toMatchObject({ code: expect.stringMatching(/^GHL_/) });
    },
  );

  it('a dead end is told: needs reauthorization, with the link, and the link leads back', async () => {
    const told: InstallationChange[] = [];
    const listener = { useValue: { onInstallationChange: (change: InstallationChange) => void told.push(change) } };
    const { testbed, list, tokens } = await startOne({ listener });
    const place = await testbed.installLocation('a');
    testbed.simulator.setReconnect('removed');
    testbed.simulator.invalidateAll();
    const error = await list('a').catch((thrown: unknown) => thrown as { reauthorizeUrl: string });
    expect(error).toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION', reauthorizeUrl: expect.any(String) });
    const { ledger } = await testbed.during(() => list('a').catch(() => null));
    assertLedger(ledger).nothingCalledFor(place);
    testbed.simulator.settings.pageHidesInstalledPlaces = false;
    const { code } = testbed.simulator.followAuthorizationLink(
      (error as { reauthorizeUrl: string }).reauthorizeUrl,
      place,
    );
    await tokens.exchangeCode(code);
    expect(await list('a')).toBe(200);
    expect(told.map(({ to }) => to)).toEqual(['active', 'needs_reauthorization', 'active']);
  });

  it('a paused location is looked at again hours later', async () => {
    const { module, testbed, list, tokens } = await startOne();
    const place = await testbed.installLocation('a');
    testbed.simulator.deactivate(place);
    testbed.simulator.killAccessToken(place);
    await expect(list('a')).rejects.toMatchObject({ code: 'GHL_SUSPENDED' });
    testbed.simulator.activate(place);
    await testbed.advance(7 * 3_600_000);
    await module.get(RefreshJob).runOnce();
    expect((await tokens.status(place)).state).toBe('active');
  });

  it("runs under a test framework's fake timers", async () => {
    const { testbed, list } = await startOne();
    const place = await testbed.installLocation('a');
    jest.useFakeTimers();
    try {
      testbed.simulator.killAccessToken(place);
      testbed.simulator.fault({ match: { path: '/contacts/' }, do: { delayMs: 500 } });
      expect(await list('a')).toBe(200);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('the registration', () => {
  it('is global where that is asked for', async () => {
    const module = await Test.createTestingModule({
      imports: [GhlAuthTestingModule.forRoot({ isGlobal: true }), FeatureModule],
    }).compile();
    started.push(module);
    const { locationId } = await module.get(GhlAuthTestbed).installLocation();
    expect(await module.get(ContactsService, { strict: false }).names(locationId)).toEqual([]);
  });

  it('has options of the module, and an app as it is at HighLevel', async () => {
    const clients = [{ clientId: 'mine-1', clientSecret: 'secret' }];
    const options = {
      clients,
      scopes: ['contacts.readonly'],
      redirectUri: 'https://mine.example/callback',
      apiBaseUrl: 'https://api.luna.example',
      mint: { enabled: false },
      refresh: { freshTokenMs: 60_000 },
    };
    const { testbed, list, tokens } = await startOne({ options, app: { targets: 'agencies' } });
    const place = await testbed.installLocation('a');
    expect(await list('a')).toBe(200);
    expect(testbed.ledger.apiCalls().at(-1)).toMatchObject({ host: 'api.luna.example', clientId: 'mine-1' });
    expect(tokens.authorizationUrl()).toContain(encodeURIComponent('https://mine.example/callback'));
    expect(testbed.simulator.apps[0]).toMatchObject({ appId: 'mine', targets: 'agencies' });
    testbed.simulator.killAccessToken(place);
    await expect(list('a')).rejects.toMatchObject({ response: { status: 401 } });
    assertLedger(testbed).neverRotated();
  });

  it('starts its simulator with settings, a seed and a clock', async () => {
    const clock = new TravellingClock();
    const { testbed, list } = await startOne({ start: { seed: 'x', clock, settings: { requireUserAgent: false } } });
    expect([testbed.simulator.seed, testbed.simulator.settings.requireUserAgent]).toEqual(['x', false]);
    const place = await testbed.installLocation('a');
    await testbed.advance(DAY);
    expect(await list('a')).toBe(200);
    assertLedger(testbed).rotatedOnce(place);
  });

  it('does not read the environment', async () => {
    const names = [...VARIABLES.map(({ name }) => name), ...NUMBER_SETTINGS.map(({ variable }) => variable)];
    const nonsense = Object.fromEntries(names.map((name) => [name, 'nonsense']));
    await withEnvironment(nonsense, async () => {
      const { testbed, list } = await startOne();
      await testbed.installLocation('a');
      expect(await list('a')).toBe(200);
    });
  });

  it('stands beside others on one testbed, each by its name', async () => {
    const testbed = new GhlAuthTestbed();
    const module = await start({ name: 'crm', testbed }, { name: 'billing', testbed });
    expect(module.get(getGhlAuthTestbedToken('crm'))).toBe(testbed);
    const place = await testbed.installLocation('a', { name: 'crm' });
    await testbed.installLocation('a', { name: 'billing' });
    await testbed.installCompany('agency', { name: 'billing', locations: [] });
    const [crm, billing] = testbed.simulator.apps.map(({ appId }) => appId);
    testbed.simulator.invalidateAll({ ...place, appId: crm });
    for (const name of ['crm', 'billing']) {
      await module.get<GhlHttpService>(getGhlHttpServiceToken(name)).axiosRef.get('/echo', { ghl: place });
    }
    assertLedger(testbed)
      .reconnectedOnce({ ...place, appId: crm })
      .neverReconnected({ ...place, appId: billing });
    expect(testbed.ledger.exchanges({ ...place, appId: billing })).toHaveLength(1);
  });

  it('may be started again on the same testbed', async () => {
    const testbed = new GhlAuthTestbed();
    const options = { clients: [{ clientId: 'mine-1', clientSecret: 'secret' }] };
    await start({ testbed, options });
    const module = await start({ testbed, options });
    const place = await testbed.installLocation('a');
    expect(await module.get(TokenService).getAccessToken(place)).toBeTruthy();
  });

  it('is told apart by injection, in a service that uses two', async () => {
    const testbed = new GhlAuthTestbed();
    const module = await Test.createTestingModule({
      imports: [GhlAuthTestingModule.forRoot({ name: 'crm', testbed }), GhlAuthTestingModule.forRoot({ testbed })],
      providers: [Both],
    }).compile();
    started.push(module);
    const [crm, unnamed] = testbed.simulator.apps.map(({ appId }) => appId);
    await testbed.installLocation('a', { name: 'crm' });
    await testbed.installLocation('b', { appId: unnamed as string });
    const both = module.get(Both);
    await both.crm.axiosRef.get('/echo', { ghl: { locationId: 'a' } });
    await expect(both.unnamed.getAccessToken({ locationId: 'a' })).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
    });
    expect(testbed.ledger.apiCalls({ locationId: 'a' })).toMatchObject([{ appId: crm }]);
  });

  it('says what is wrong', async () => {
    const testbed = new GhlAuthTestbed();
    await expect(testbed.installLocation('a')).rejects.toThrow('compile() the testing module first');
    await start({ name: 'crm', testbed }, { name: 'billing', testbed });
    await expect(testbed.installLocation('a')).rejects.toThrow("say which with { name } ('crm', 'billing')");
    await expect(testbed.installLocation('a', { name: 'shop' })).rejects.toThrow("there are 'crm', 'billing'");
    await testbed.installLocation('a', { name: 'crm' });
    await expect(testbed.installLocation('a', { name: 'crm' })).rejects.toThrow('installed in location:a already');
  });

  it('has the rest of the services, too', async () => {
    const { module, testbed } = await startOne();
    const place = await testbed.installLocation('a');
    testbed.simulator.killRefreshToken(place);
    expect((await module.get(ReconnectService).recover(place)).rung).toBe('reconnect');
    assertLedger(testbed).reconnectedOnce(place).neverRotated();
  });
});
