import { ModuleRef } from '@nestjs/core';
import { RefreshJob } from './refresh.job.js';
import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { surveyEnvironment } from '../config/environment.js';
import { resolveSettings } from '../config/resolve-settings.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import type { Settings } from '../config/settings.js';
import { createEngine, type Engine } from '../engine.js';
import { AuthorizedAdapter } from '../http/authorized-adapter.js';
import { GhlAuthInterceptor } from '../http/ghl-auth.interceptor.js';
import { createAuthorizedAxios, GhlHttpService } from '../http/ghl-http.service.js';
import { ReconnectService } from '../services/reconnect.service.js';
import { SealingService } from '../services/sealing.service.js';
import { TokenService } from '../services/token.service.js';
import { EventEmitterBridge } from './event-emitter.bridge.js';
import { askAgain, withProvidedClients } from './provided-clients.js';
import { GhlAuthHostModule, type HostPorts } from './ghl-auth-host.module.js';
import { GhlAuthLifecycle } from './ghl-auth.lifecycle.js';
import type { GhlAuthModuleStructure } from './module-definition.js';
import { nestLog } from './nest-log.js';
import { GhlAuthHealthIndicator } from './ghl-auth.health.js';
import { FACES, namedToken } from './named-tokens.js';
import type { Registration } from './registrations.js';
import { instanceProblems, structureProblems } from './structure.js';
import {
  GHL_AUTH_ENGINE,
  GHL_AUTH_OPTIONS,
  GHL_AUTH_PORTS,
  GHL_AUTH_REGISTRATION,
  GHL_AUTH_SETTINGS,
} from './tokens.js';

/**
 * The engine and its faces. Never global itself: Nest ends global modules last, after the host's database.
 * @internal
 */
@Module({})
export class GhlAuthCoreModule {
  /**
   * @param options what provides {@link GHL_AUTH_OPTIONS}
   * @param environment asked when the application starts
   */
  static define(
    structure: Partial<GhlAuthModuleStructure>,
    options: readonly Provider[],
    environment: () => Variables = () => process.env,
  ): DynamicModule {
    const host = GhlAuthHostModule.define(structure);
    return {
      module: GhlAuthCoreModule,
      imports: [host, ...(host.imports ?? [])],
      providers: [
        ...options,
        settingsProvider(environment),
        { provide: GHL_AUTH_ENGINE, inject: [GHL_AUTH_SETTINGS, GHL_AUTH_PORTS], useFactory: startEngine },
        ofEngine(TokenService, (engine) => new TokenService(engine)),
        ofEngine(ReconnectService, (engine) => new ReconnectService(engine)),
        ofEngine(SealingService, (engine) => new SealingService(engine)),
        ofEngine(GhlAuthHealthIndicator, (engine) => new GhlAuthHealthIndicator(engine)),
        { provide: AuthorizedAdapter, inject: [GHL_AUTH_ENGINE, GHL_AUTH_PORTS], useFactory: authorizedAdapter },
        {
          provide: GhlHttpService,
          inject: [GHL_AUTH_ENGINE, AuthorizedAdapter],
          useFactory: ({ settings }: Engine, adapter: AuthorizedAdapter) =>
            new GhlHttpService(createAuthorizedAxios(adapter, settings.apiBaseUrl)),
        },
        {
          provide: GhlAuthInterceptor,
          inject: [AuthorizedAdapter],
          useFactory: (adapter: AuthorizedAdapter) => new GhlAuthInterceptor(adapter),
        },
        {
          provide: RefreshJob,
          inject: [GHL_AUTH_ENGINE, ModuleRef],
          useFactory: (engine: Engine, modules: ModuleRef) =>
            new RefreshJob(engine, modules, `ghl-auth:${structure.name ?? engine.settings.appId}`),
        },
        { provide: GHL_AUTH_REGISTRATION, useValue: { name: structure.name, structure } satisfies Registration },
        ...named(structure.name),
        ...(structure.emitEvents === true ? [eventEmitterBridge(structure.name)] : []),
        GhlAuthLifecycle,
      ],
      exports: FACES.map((face) => namedToken(face, structure.name)),
    };
  }
}

/** With a name the classes are found under its tokens only: whoever injects without one must not get a named one by chance. */
const named = (name: string | undefined): Provider[] =>
  name === undefined ? [] : FACES.map((face) => ({ provide: namedToken(face, name), useExisting: face }));

const ofEngine = <T>(provide: new (...args: never[]) => T, useFactory: (engine: Engine) => T): FactoryProvider<T> => ({
  provide,
  inject: [GHL_AUTH_ENGINE],
  useFactory,
});

const eventEmitterBridge = (name: string | undefined): FactoryProvider<EventEmitterBridge> => ({
  provide: EventEmitterBridge,
  inject: [GHL_AUTH_ENGINE, ModuleRef],
  useFactory: (engine: Engine, modules: ModuleRef) => new EventEmitterBridge(engine, modules, name),
});

type Variables = Readonly<Record<string, string | undefined>>;

/** Puts the settings of a registration together, and tells everything that is wrong at once. @internal */
export async function readSettings(
  { structure }: Registration,
  given: GhlAuthOptions,
  ports: HostPorts,
  variables: Variables,
): Promise<Settings> {
  const ofStructure = [...structureProblems(structure), ...instanceProblems(structure, ports)];
  const { options, problems: ofClients } = await withProvidedClients(given, ports);
  const { options: environment, problems, faulty } = await surveyEnvironment(variables, options);
  return resolveSettings(options, environment, {
    problems: [...ofStructure, ...ofClients, ...problems],
    faulty,
    hasKeyProvider: ports.sealingKeys !== undefined && ports.sealingKeys !== null,
  });
}

/** Reads the environment when the application starts. */
const settingsProvider = (environment: () => Variables): FactoryProvider<Settings> => ({
  provide: GHL_AUTH_SETTINGS,
  inject: [GHL_AUTH_REGISTRATION, GHL_AUTH_OPTIONS, GHL_AUTH_PORTS],
  useFactory: (registration: Registration, given: GhlAuthOptions, ports: HostPorts) =>
    readSettings(registration, given, ports, environment()),
});

const startEngine = (settings: Settings, ports: HostPorts): Engine => {
  const { repository, transport, clock } = ports;
  const log = nestLog();
  return createEngine({
    settings,
    repository,
    directory: ports.directory ?? undefined,
    listener: ports.listener ?? undefined,
    emergencySink: ports.emergencySink ?? undefined,
    sealingKeys: ports.sealingKeys ?? undefined,
    transport,
    askForClients: askAgain(ports, settings, log),
    clock,
    log,
    random: Math.random,
  });
};

const authorizedAdapter = ({ keeper, settings }: Engine, { transport }: HostPorts): AuthorizedAdapter =>
  new AuthorizedAdapter({
    keeper,
    hosts: settings,
    apiVersion: settings.apiVersion,
    apiAdapter: transport.apiAdapter,
  });
