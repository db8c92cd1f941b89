import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  GhlAuthModule,
  getTokenServiceToken,
  InjectGhlHttpService,
  InjectTokenService,
  InMemoryRepository,
  TokenService,
  type GhlHttpService,
  type TokenService as Tokens,
} from '../../../lib/index.js';
import { HighLevelSimulator, SimulatorTransport, type SimulatedApp } from '../../../lib/testing.js';

const simulator = new HighLevelSimulator();
const [crm, billing] = [simulator.addApp(), simulator.addApp()];
const nothing = (): void => undefined;
const silent = { log: nothing, error: nothing, warn: nothing };
let started: TestingModule | undefined;
afterEach(() => started?.close());

const registration = (app: SimulatedApp, name?: string): DynamicModule =>
  GhlAuthModule.forRoot({
    ...(name === undefined ? {} : { name }),
    repository: { useClass: InMemoryRepository },
    transport: { useValue: new SimulatorTransport(simulator) },
    clock: { useValue: simulator.clock },
    clients: app.clients,
    redirectUri: app.redirectUris[0] as string,
    scopes: app.scopes,
    job: { enabled: false },
  });

const start = async (...imports: DynamicModule[]): Promise<TestingModule> => {
  const module = await Test.createTestingModule({ imports }).setLogger(silent).compile();
  started = module;
  return module.init();
};

describe('registrations with names', () => {
  it('are injected each by its own, also from a class of the host', async () => {
    @Injectable()
    class Invoices {
      constructor(
        @InjectTokenService('billing') readonly tokens: Tokens,
        @InjectGhlHttpService('crm') readonly http: GhlHttpService,
      ) {}
    }
    @Module({ imports: [registration(crm, 'crm'), registration(billing, 'billing')], providers: [Invoices] })
    class AppModule {}
    const module = await start({ module: AppModule });
    const linkOf = (tokens: Tokens): string | null => new URL(tokens.authorizationUrl()).searchParams.get('client_id');
    expect(linkOf(module.get(Invoices).tokens)).toBe(billing.client.clientId);
    expect(linkOf(module.get<Tokens>(getTokenServiceToken('crm'), { strict: false }))).toBe(crm.client.clientId);
  });

  it('keep the same location apart, each in its own app', async () => {
    const module = await start(registration(crm, 'crm'), registration(billing, 'billing'));
    const { locationId } = simulator.addLocation();
    const tokens = (name: string): Tokens => module.get<Tokens>(getTokenServiceToken(name), { strict: false });
    const install = (app: SimulatedApp): string => simulator.installLocation(locationId, { appId: app.appId }).code;
    await simulator.clock.drive(tokens('crm').exchangeCode(install(crm)));
    await expect(simulator.clock.drive(tokens('billing').getAccessToken({ locationId }))).rejects.toMatchObject({
      code: 'GHL_INSTALLATION_UNKNOWN',
    });
    await simulator.clock.drive(tokens('billing').exchangeCode(install(billing)));
    const both = await Promise.all(['crm', 'billing'].map((name) => tokens(name).getAccessToken({ locationId })));
    expect(both.map((token) => simulator.describeToken(token)?.appId)).toEqual([crm.appId, billing.appId]);
  });

  it('are not handed to a consumer that names none', async () => {
    @Injectable()
    class Careless {
      constructor(@InjectTokenService() readonly tokens: Tokens) {}
    }
    @Module({ imports: [registration(crm, 'crm')], providers: [Careless] })
    class AppModule {}
    await expect(start({ module: AppModule })).rejects.toThrow(/TokenService/);
  });

  it('may stand beside one without', async () => {
    const module = await start(registration(crm), registration(billing, 'billing'));
    expect(module.get(TokenService, { strict: false })).toBeDefined();
  });
});

describe('registrations that cannot be told apart fail at the start, with the fix', () => {
  it.each([
    ['two without a name', [undefined, undefined], /registered twice without a name.*InjectTokenService/],
    ['a name used twice', ['crm', 'crm'], /registered twice with the name 'crm'/],
  ] as const)('%s', async (_, names, message) => {
    const [first, second] = [registration(crm, names[0]), registration(billing, names[1])];
    await expect(start(first, second)).rejects.toMatchObject({
      code: 'GHL_CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('and so does a name that nobody has registered', async () => {
    @Injectable()
    class Invoices {
      constructor(readonly tokens: TokenService) {}
    }
    InjectTokenService('biling')(Invoices, undefined, 0);
    @Module({ imports: [registration(billing, 'billing')], providers: [Invoices] })
    class InvoicesModule {}
    await expect(start({ module: InvoicesModule })).rejects.toThrow(
      /TokenService\.biling \(import GhlAuthModule\.forRoot\(\{ name: 'biling', … \}\), or check the name\)/,
    );
  });

  it('but one registration may be imported in many places, and started again in another application', async () => {
    const one = registration(crm);
    @Module({ imports: [one] })
    class Feature {}
    await start(one, { module: Feature });
    await started?.close();
    await expect(start(one, { module: Feature })).resolves.toBeDefined();
  });
});
