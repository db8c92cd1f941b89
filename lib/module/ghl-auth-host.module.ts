import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { AxiosTransport } from '../highlevel/axios-transport.js';
import { systemClock } from '../time/clock.js';
import type { GhlAuthModuleStructure, ProviderOf } from './module-definition.js';
import { isProvider, PORT_NAMES, type PortName } from './structure.js';
import {
  GHL_AUTH_CLOCK,
  GHL_AUTH_DIRECTORY,
  GHL_AUTH_LISTENER,
  GHL_AUTH_REPOSITORY,
  GHL_AUTH_SEALING_KEYS,
  GHL_AUTH_TRANSPORT,
} from './tokens.js';

const TOKENS: Readonly<Record<PortName, symbol>> = {
  repository: GHL_AUTH_REPOSITORY,
  directory: GHL_AUTH_DIRECTORY,
  listener: GHL_AUTH_LISTENER,
  sealingKeys: GHL_AUTH_SEALING_KEYS,
  transport: GHL_AUTH_TRANSPORT,
  clock: GHL_AUTH_CLOCK,
};

/** What stands in where the host provides nothing. */
const DEFAULTS: Readonly<Record<PortName, ProviderOf<unknown>>> = {
  repository: { useValue: undefined },
  directory: { useValue: undefined },
  listener: { useValue: undefined },
  sealingKeys: { useValue: undefined },
  transport: { useFactory: () => new AxiosTransport() },
  clock: { useValue: systemClock },
};

/**
 * What the host brings. A module of its own, below the one that uses it: Nest ends modules from the top down, so a
 * repository that closes its pool in `onModuleDestroy` does so after the last rotation has been stored.
 * @internal
 */
@Module({})
export class GhlAuthHostModule {
  /** What is not a provider is left out here; it is complained about when the settings are read. */
  static define(structure: Partial<GhlAuthModuleStructure>): DynamicModule {
    const providers = PORT_NAMES.map((name): Provider => {
      const definition = isProvider(structure[name]) ? (structure[name] as ProviderOf<unknown>) : DEFAULTS[name];
      return { ...definition, provide: TOKENS[name] } as Provider;
    });
    const imports = Array.isArray(structure.imports) ? structure.imports : [];
    return { module: GhlAuthHostModule, imports, providers, exports: Object.values(TOKENS) };
  }
}
