import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { configInvalid } from '../config/config-problem.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import { GhlAuthCoreModule } from './ghl-auth-core.module.js';
import type { GhlAuthModuleAsyncOptions, GhlAuthModuleOptions, GhlAuthModuleStructure } from './module-definition.js';
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
    const { repository, directory, listener, sealingKeys, transport, clock, imports, name, isGlobal, ...own } =
      orEmpty(options);
    const structure = { repository, directory, listener, sealingKeys, transport, clock, imports, name, isGlobal };
    return define(structure, { provide: GHL_AUTH_OPTIONS, useValue: own satisfies GhlAuthOptions });
  }

  /**
   * Registers the module with options from a factory. Providers and structure stand beside the factory, since Nest has
   * to know them before it calls it. What the factory leaves out comes from the environment.
   */
  static forRootAsync(options: GhlAuthModuleAsyncOptions): DynamicModule {
    const { inject = [], useFactory, ...structure } = orEmpty(options);
    const problem = 'no useFactory: pass forRootAsync({ useFactory: (…) => options, inject: […] }), or use forRoot()';
    const missing = (): never => {
      throw configInvalid([problem]);
    };
    return define(structure, {
      provide: GHL_AUTH_OPTIONS,
      inject,
      useFactory: typeof useFactory === 'function' ? useFactory : missing,
    });
  }
}

/** A registration without anything is not a programming error of its own: it lacks a repository, like any other. */
const orEmpty = <T extends object>(options: T): Partial<T> =>
  typeof options === 'object' && options !== null ? options : {};

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

const define = (structure: Loose<GhlAuthModuleStructure>, options: Provider): DynamicModule => {
  const core = GhlAuthCoreModule.define(structure as Partial<GhlAuthModuleStructure>, options);
  return { module: GhlAuthModule, global: structure.isGlobal === true, imports: [core], exports: [core] };
};
