import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { ClientsProvider } from '../config/clients-provider.js';
import type { EngineParts } from '../engine.js';
import { AxiosTransport } from '../highlevel/axios-transport.js';
import { systemClock } from '../time/clock.js';
import type { GhlAuthModuleStructure, ProviderOf } from './module-definition.js';
import { isProvider, PORT_NAMES, type PortName } from './structure.js';
import { GHL_AUTH_PORTS, portToken } from './tokens.js';

/** What the host has brought, or what stands in for it. What is optional may be `null` too: a factory can decide so. */
export interface HostPorts extends Pick<EngineParts, 'repository' | 'transport' | 'clock'> {
  readonly directory: EngineParts['directory'] | null;
  readonly listener: EngineParts['listener'] | null;
  readonly emergencySink: EngineParts['emergencySink'] | null;
  readonly sealingKeys: EngineParts['sealingKeys'] | null;
  readonly clientsProvider: ClientsProvider | undefined | null;
}

/** What stands in where the host provides nothing. */
const DEFAULTS: Readonly<Partial<Record<PortName, ProviderOf<unknown>>>> = {
  transport: { useFactory: () => new AxiosTransport() },
  clock: { useValue: systemClock },
};
const NOTHING: ProviderOf<unknown> = { useValue: undefined };

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
      const given = structure[name];
      const definition = isProvider(given) ? (given as ProviderOf<unknown>) : (DEFAULTS[name] ?? NOTHING);
      return { ...definition, provide: portToken(name) } as Provider;
    });
    const imports = Array.isArray(structure.imports) ? structure.imports : [];
    const ports: Provider = {
      provide: GHL_AUTH_PORTS,
      inject: PORT_NAMES.map(portToken),
      useFactory: (...instances: unknown[]) =>
        Object.fromEntries(PORT_NAMES.map((name, index) => [name, instances[index]])),
    };
    return { module: GhlAuthHostModule, imports, providers: [...providers, ports], exports: [GHL_AUTH_PORTS] };
  }
}
