import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  GhlAuthModule,
  getTokenServiceToken,
  InMemoryRepository,
  ReconnectService,
  TokenService,
  type GhlAuthModuleOptions,
  type InstallationChange,
} from '../../../lib/index.js';
import { HighLevelSimulator, SimulatorTransport, type SimulatedApp } from '../../../lib/testing.js';

let simulator: HighLevelSimulator;
let crm: SimulatedApp;
let started: TestingModule | undefined;
let logged: string[];
beforeEach(() => {
  simulator = new HighLevelSimulator();
  crm = simulator.addApp();
  logged = [];
});
afterEach(() => started?.close());

const auth = (more: Partial<GhlAuthModuleOptions> = {}, app = crm): DynamicModule =>
  GhlAuthModule.forRoot({
    repository: { useClass: InMemoryRepository },
    transport: { useValue: new SimulatorTransport(simulator) },
    clock: { useValue: simulator.clock },
    clients: app.clients,
    redirectUri: app.redirectUris[0] as string,
    scopes: app.scopes,
    job: { enabled: false },
    emitEvents: true,
    ...more,
  });

const start = async (...imports: (DynamicModule | (new () => unknown))[]): Promise<TestingModule> => {
  const write = (text: unknown): void => void logged.push(String(text));
  const logger = { log: write, error: write, warn: write, debug: write };
  started = await Test.createTestingModule({ imports }).setLogger(logger).compile();
  return started.init();
};

/** A location installs the app, and then loses every way back. */
const loseForGood = async (module: TestingModule, tokens = module.get(TokenService, { strict: false })) => {
  const { locationId } = simulator.addLocation();
  const { code } = simulator.installLocation(locationId);
  await simulator.clock.drive(tokens.exchangeCode(code));
  simulator.invalidateAll();
  simulator.setReconnect('removed');
  await expect(
    simulator.clock.drive(module.get(ReconnectService, { strict: false }).recover({ locationId })),
  ).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
  return { locationId };
};

describe('changes on the event emitter of the host', () => {
  it('are what changes$ says, for all states and for one', async () => {
    const heard: [string, InstallationChange][] = [];
    @Injectable()
    class Watcher {
      @OnEvent('ghl-auth.installation-changed')
      onAny(change: InstallationChange): void {
        heard.push(['any', change]);
      }

      @OnEvent('ghl-auth.installation.needs_reauthorization')
      onDead(change: InstallationChange): void {
        heard.push(['dead', change]);
      }
    }
    @Module({ providers: [Watcher] })
    class HostModule {}
    const module = await start(auth(), EventEmitterModule.forRoot(), HostModule);
    const watched: InstallationChange[] = [];
    module.get(TokenService, { strict: false }).changes$.subscribe((change) => watched.push(change));
    const place = await loseForGood(module);
    expect(watched.map(({ to }) => to)).toEqual(['active', 'needs_reauthorization']);
    expect(heard).toEqual([
      ['any', watched[0]],
      ['any', watched[1]],
      ['dead', watched[1]],
    ]);
    expect(heard[2]?.[1]).toMatchObject({ installation: place, reauthorizeUrl: expect.stringMatching(/^https:/) });
  });

  it('are heard once each by a wildcard over the states', async () => {
    const module = await start(EventEmitterModule.forRoot({ wildcard: true }), auth());
    const heard: InstallationChange[] = [];
    module.get(EventEmitter2).on('ghl-auth.installation.*', (change: InstallationChange) => heard.push(change));
    await loseForGood(module);
    expect(heard.map(({ to }) => to)).toEqual(['active', 'needs_reauthorization']);
  });

  it('carry the name of their registration', async () => {
    const billing = simulator.addApp();
    const module = await start(EventEmitterModule.forRoot(), auth({ name: 'crm' }), auth({ name: 'billing' }, billing));
    const heard: string[] = [];
    module.get(EventEmitter2).onAny((event) => heard.push(String(event)));
    const { locationId } = simulator.addLocation();
    const { code } = simulator.installLocation(locationId, { appId: billing.appId });
    const tokens = module.get<TokenService>(getTokenServiceToken('billing'), { strict: false });
    await simulator.clock.drive(tokens.exchangeCode(code));
    expect(heard).toEqual(['ghl-auth.billing.installation-changed', 'ghl-auth.billing.installation.active']);
  });

  it('are for watching: told once, even where the listener has to be told again', async () => {
    const told: string[] = [];
    const listener = {
      onInstallationChange: ({ id }: InstallationChange): void => {
        told.push(id);
        if (told.length === 1) throw new Error('the queue is down');
      },
    };
    const module = await start(EventEmitterModule.forRoot(), auth({ listener: { useValue: listener } }));
    const heard: string[] = [];
    module.get(EventEmitter2).on('ghl-auth.installation-changed', ({ id }: InstallationChange) => heard.push(id));
    const { code } = simulator.installLocation(simulator.addLocation().locationId);
    await simulator.clock.drive(module.get(TokenService, { strict: false }).exchangeCode(code));
    await simulator.clock.advance(10_000);
    expect(told).toEqual([heard[0], heard[0]]);
    expect(heard).toHaveLength(1);
  });

  const failing: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('no such room');
    },
    rejects: () => Promise.reject(new Error('no such room')),
  };
  it.each(Object.keys(failing))('break nothing where a handler %s; the failure is logged', async (how) => {
    const module = await start(EventEmitterModule.forRoot(), auth());
    const heard: string[] = [];
    module.get(EventEmitter2).on('ghl-auth.installation-changed', failing[how] as () => unknown);
    module.get(EventEmitter2).on('ghl-auth.installation.active', ({ to }: InstallationChange) => heard.push(to));
    await loseForGood(module);
    expect(heard).toEqual(['active']);
    const failures = logged.filter((line) => line.includes('A handler of an event has failed'));
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/event=ghl-auth\.installation-changed .*error=no such room/);
  });

  it('delay nothing, the shutdown included, where a handler never returns', async () => {
    const module = await start(EventEmitterModule.forRoot(), auth());
    const never: () => unknown = () => new Promise(() => undefined);
    module.get(EventEmitter2).on('ghl-auth.installation-changed', never);
    await loseForGood(module);
    await module.close();
    started = undefined;
  });

  it('are not emitted unless that is asked for', async () => {
    const module = await start(EventEmitterModule.forRoot(), auth({ emitEvents: false }));
    const heard: unknown[] = [];
    module.get(EventEmitter2).onAny((event) => heard.push(event));
    await loseForGood(module);
    expect(heard).toEqual([]);
  });

  it('fail the start, with the line to add, where they are asked for and there is no emitter', async () => {
    await expect(start(auth())).rejects.toMatchObject({
      code: 'GHL_CONFIG_INVALID',
      message: expect.stringMatching(/emitEvents.*EventEmitterModule\.forRoot\(\)/),
    });
  });

  it('fail the start where the option is no boolean', async () => {
    await expect(start(auth({ emitEvents: 'yes' as never }))).rejects.toMatchObject({
      message: expect.stringContaining('option emitEvents must be true or false'),
    });
  });
});
