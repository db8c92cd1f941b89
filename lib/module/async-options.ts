import type { InjectionToken, Provider } from '@nestjs/common';
import { configInvalid } from '../config/config-problem.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import type { GhlAuthModuleAsyncOptions, GhlAuthOptionsFactory } from './module-definition.js';
import { GHL_AUTH_OPTIONS, GHL_AUTH_OPTIONS_FACTORY } from './tokens.js';

type AsyncForm = {
  readonly [K in 'inject' | 'useFactory' | 'useClass' | 'useExisting']: GhlAuthModuleAsyncOptions[K] | undefined;
};

const NONE =
  'no useFactory: pass forRootAsync({ useFactory: (…) => options, inject: […] }), or useClass, or useExisting; or use forRoot()';
const SEVERAL = 'useFactory, useClass and useExisting are given together: pass forRootAsync() one of them';
const NO_FACTORY =
  'the class or provider of forRootAsync() has no method createGhlAuthOptions(): implement GhlAuthOptionsFactory';

/** The providers that make the options, in whichever form they were asked for. What is wrong is told when the application starts. */
export function asyncOptionsProviders({ inject, useFactory, useClass, useExisting }: AsyncForm): Provider[] {
  const given = [useFactory, useClass, useExisting].filter((form) => form !== undefined && form !== null);
  if (given.length !== 1) return [failing(given.length === 0 ? NONE : SEVERAL)];
  if (useFactory) {
    return typeof useFactory === 'function'
      ? [{ provide: GHL_AUTH_OPTIONS, inject: inject ?? [], useFactory }]
      : [failing(NONE)];
  }
  const factory: Provider = useClass
    ? { provide: GHL_AUTH_OPTIONS_FACTORY, useClass }
    : { provide: GHL_AUTH_OPTIONS_FACTORY, useExisting: useExisting as InjectionToken };
  return [factory, { provide: GHL_AUTH_OPTIONS, inject: [GHL_AUTH_OPTIONS_FACTORY], useFactory: made }];
}

const made = (factory: Partial<GhlAuthOptionsFactory> | null): GhlAuthOptions | Promise<GhlAuthOptions> => {
  if (typeof factory?.createGhlAuthOptions !== 'function') throw configInvalid([NO_FACTORY]);
  return factory.createGhlAuthOptions();
};

const failing = (problem: string): Provider => ({
  provide: GHL_AUTH_OPTIONS,
  useFactory: (): never => {
    throw configInvalid([problem]);
  },
});
