import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { readEnvironment } from '../config/environment.js';
import { configInvalid } from '../config/config-problem.js';
import { resolveSettings } from '../config/resolve-settings.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import type { Settings } from '../config/settings.js';
import { createEngine, type Engine, type EngineParts } from '../engine.js';
import { AxiosTransport } from '../highlevel/axios-transport.js';
import { AuthorizedAdapter } from '../http/authorized-adapter.js';
import { createAuthorizedAxios, GhlHttpService } from '../http/ghl-http.service.js';
import { ReconnectService } from '../services/reconnect.service.js';
import { TokenService } from '../services/token.service.js';
import type { GhlAuthRepository } from '../storage/ghl-auth.repository.js';
import { systemClock } from '../time/clock.js';
import { GhlAuthLifecycle } from './ghl-auth.lifecycle.js';
import { provide, type GhlAuthModuleAsyncOptions, type GhlAuthModuleOptions, type GhlAuthModuleStructure } from './module-definition.js';
import { nestLog } from './nest-log.js';
import {
  GHL_AUTH_CLOCK,
  GHL_AUTH_DIRECTORY,
  GHL_AUTH_ENGINE,
  GHL_AUTH_LISTENER,
  GHL_AUTH_OPTIONS,
  GHL_AUTH_REPOSITORY,
  GHL_AUTH_SETTINGS,
  GHL_AUTH_TRANSPORT,
} from './tokens.js';

const METHODS = ['find', 'save', 'list', 'remove'] as const;

/** Keeps the HighLevel installations of a marketplace app alive. Import it once, with a repository. */
@Module({})
export class GhlAuthModule {
  /**
   * Registers the module. Options that are left out come from the environment, which is read when the application starts.
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID` when the application starts, naming each option or variable that is wrong
   */
  static forRoot(options: GhlAuthModuleOptions): DynamicModule {
    const { repository, directory, listener, transport, clock, imports, isGlobal, ...own } = options ?? ({} as GhlAuthModuleOptions);
    return GhlAuthModule.define({ repository, ...defined({ directory, listener, transport, clock, imports, isGlobal }) }, { provide: GHL_AUTH_OPTIONS, useValue: own });
  }

  /**
   * Registers the module with options from a factory. Providers and structure stand beside the factory.
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID` when the application starts
   */
  static forRootAsync(options: GhlAuthModuleAsyncOptions): DynamicModule {
    const { inject = [], useFactory, ...structure } = options;
    return GhlAuthModule.define(structure, { provide: GHL_AUTH_OPTIONS, inject, useFactory });
  }

  private static define(structure: GhlAuthModuleStructure, options: Provider): DynamicModule {
    const { repository, directory, listener, transport, clock, imports = [], isGlobal = false } = structure;
    if (typeof repository !== 'object' || repository === null) {
      throw configInvalid(['no repository: pass repository: { useExisting: YourRepository } (or useClass, useValue, useFactory)']);
    }
    const exported = [TokenService, ReconnectService, GhlHttpService];
    return {
      module: GhlAuthModule,
      global: isGlobal,
      imports,
      providers: [
        options,
        provide(GHL_AUTH_REPOSITORY, repository, undefined),
        provide(GHL_AUTH_DIRECTORY, directory, undefined),
        provide(GHL_AUTH_LISTENER, listener, undefined),
        provide(GHL_AUTH_CLOCK, clock, systemClock),
        transport === undefined ? { provide: GHL_AUTH_TRANSPORT, useFactory: () => new AxiosTransport() } : provide(GHL_AUTH_TRANSPORT, transport, undefined),
        {
          provide: GHL_AUTH_SETTINGS,
          inject: [GHL_AUTH_OPTIONS],
          useFactory: async (own: GhlAuthOptions): Promise<Settings> => resolveSettings(own, await readEnvironment()),
        },
        {
          provide: GHL_AUTH_ENGINE,
          inject: [GHL_AUTH_SETTINGS, GHL_AUTH_REPOSITORY, GHL_AUTH_DIRECTORY, GHL_AUTH_LISTENER, GHL_AUTH_TRANSPORT, GHL_AUTH_CLOCK],
          useFactory: (...parts: [Settings, GhlAuthRepository, EngineParts['directory'], EngineParts['listener'], EngineParts['transport'], EngineParts['clock']]) => startEngine(...parts),
        },
        { provide: TokenService, inject: [GHL_AUTH_ENGINE], useFactory: (engine: Engine) => new TokenService(engine) },
        { provide: ReconnectService, inject: [GHL_AUTH_ENGINE], useFactory: (engine: Engine) => new ReconnectService(engine) },
        { provide: GhlHttpService, inject: [GHL_AUTH_ENGINE], useFactory: httpService },
        GhlAuthLifecycle,
      ],
      exports: exported,
    };
  }
}

const startEngine = (
  settings: Settings,
  repository: GhlAuthRepository,
  directory: EngineParts['directory'],
  listener: EngineParts['listener'],
  transport: EngineParts['transport'],
  clock: EngineParts['clock'],
): Engine => {
  const problems = METHODS.filter((method) => typeof (repository as unknown as Record<string, unknown> | null)?.[method] !== 'function').map(
    (method) => `the repository has no method ${method}(): implement GhlAuthRepository`,
  );
  if (directory != null && typeof directory.find !== 'function') problems.push('the directory has no method find(): implement InstallationDirectory');
  if (listener != null && typeof listener.onInstallationChange !== 'function') problems.push('the listener has no method onInstallationChange(): implement GhlAuthListener');
  if (problems.length > 0) throw configInvalid(problems);
  return createEngine({ settings, repository, directory: directory ?? undefined, listener: listener ?? undefined, transport, clock, log: nestLog(), random: Math.random });
};

const httpService = ({ keeper, settings }: Engine): GhlHttpService =>
  new GhlHttpService(createAuthorizedAxios(new AuthorizedAdapter({ keeper, hosts: settings, apiVersion: settings.apiVersion }), settings.apiBaseUrl));

const defined = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
