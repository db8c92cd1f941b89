import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import { asyncOptionsProviders } from './async-options.js';
import { GhlAuthCoreModule } from './ghl-auth-core.module.js';
import type { GhlAuthModuleAsyncOptions, GhlAuthModuleOptions, GhlAuthModuleStructure } from './module-definition.js';
import { PORT_NAMES } from './structure.js';
import { GHL_AUTH_OPTIONS } from './tokens.js';

/**
 * Keeps the HighLevel installations of a marketplace app alive. Import it once, with a repository; it exports
 * `TokenService`, `ReconnectService` and `GhlHttpService`.
 *
 * A registration that cannot work fails when the application starts, with a `GhlAuthError` of code `GHL_CONFIG_INVALID`
 * that names every option and variable that is wrong.
 */
@Module({})
export class GhlAuthModule {
  /**
   * Registers the module. Options that are left out come from the environment, which is read when the application
   * starts and not when the decorator is evaluated.
   */
  static forRoot(options: GhlAuthModuleOptions): DynamicModule {
    const entries = Object.entries(orEmpty(options));
    const structure = Object.fromEntries(entries.filter(([name]) => STRUCTURE.has(name)));
    const own: GhlAuthOptions = Object.fromEntries(entries.filter(([name]) => !STRUCTURE.has(name)));
    return define(structure, [{ provide: GHL_AUTH_OPTIONS, useValue: own }]);
  }

  /**
   * Registers the module with options from a factory, a class or a provider. Providers and structure stand beside the factory, since Nest has
   * to know them before it calls it. What the factory leaves out comes from the environment.
   */
  static forRootAsync(options: GhlAuthModuleAsyncOptions): DynamicModule {
    const { inject, useFactory, useClass, useExisting, ...structure } = orEmpty(options);
    return define(structure, asyncOptionsProviders({ inject, useFactory, useClass, useExisting }));
  }
}

/** What stands beside the options. */
const STRUCTURE: ReadonlySet<string> = new Set([...PORT_NAMES, 'emitEvents', 'imports', 'name', 'isGlobal']);

/** A registration without anything is not a programming error of its own: it lacks a repository, like any other. */
const orEmpty = <T extends object>(options: T): Partial<T> =>
  typeof options === 'object' && options !== null ? options : {};

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

const define = (structure: Loose<GhlAuthModuleStructure>, options: Provider[]): DynamicModule => {
  const core = GhlAuthCoreModule.define(structure as Partial<GhlAuthModuleStructure>, options);
  return { module: GhlAuthModule, global: structure.isGlobal === true, imports: [core], exports: [core] };
};
