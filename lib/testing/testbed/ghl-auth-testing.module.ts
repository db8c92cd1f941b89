import { type DynamicModule, Inject, type InjectionToken, Module, type Provider } from '@nestjs/common';
import type { GhlAuthOptions } from '../../config/ghl-auth-options.js';
import { GhlAuthCoreModule } from '../../module/ghl-auth-core.module.js';
import type { GhlAuthModuleStructure, ProviderOf } from '../../module/module-definition.js';
import { namedToken } from '../../module/named-tokens.js';
import { GHL_AUTH_OPTIONS } from '../../module/tokens.js';
import { TokenService } from '../../services/token.service.js';
import { HighLevelSimulator } from '../simulator/high-level-simulator.js';
import type { SimulatedApp, SimulatedAppOptions } from '../simulator/world/apps.js';
import { GhlAuthTestbed, type GhlAuthTestbedOptions } from './ghl-auth-testbed.js';
import { testingOptions } from './testing-options.js';

type Structure = Omit<GhlAuthModuleStructure, 'repository' | 'transport' | 'clock'>;

/** What {@link GhlAuthTestingModule.forRoot} takes. All of it may be left out. */
export interface GhlAuthTestingModuleOptions extends Structure {
  /** Shared by several registrations, or made by the test. @default one of its own for each application */
  readonly testbed?: GhlAuthTestbed;
  /** How its own testbed starts: settings of the simulator, seed, clock. */
  readonly start?: GhlAuthTestbedOptions;
  /** The app at HighLevel. */
  readonly app?: SimulatedAppOptions;
  /** Options of the module that differ from those of {@link GhlAuthTestingModule}. The environment is not read. */
  readonly options?: GhlAuthOptions;
}

const appToken = (name: string | undefined): InjectionToken => namedToken({ name: 'testing.app' }, name ?? '');
const CONNECTION = Symbol.for('nestjs-ghl-auth.testing.connection');

/** What the testbed of the registration with this name is found under; without a name, the class. */
export const getGhlAuthTestbedToken = (name?: string): InjectionToken<GhlAuthTestbed> =>
  namedToken(GhlAuthTestbed, name) as InjectionToken<GhlAuthTestbed>;

/** Injects the testbed of the registration with this name. */
export const InjectGhlAuthTestbed = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(getGhlAuthTestbedToken(name));

/** The testbed and the app on it, below the module that runs on them. */
@Module({})
class GhlAuthTestbedModule {
  static define({ name, testbed, start, app = {}, options }: GhlAuthTestingModuleOptions): DynamicModule {
    const token = getGhlAuthTestbedToken(name);
    const keyPairs = options?.clients ?? app.keyPairs;
    const given: SimulatedAppOptions = {
      ...app,
      ...(keyPairs && { keyPairs }),
      ...(options?.scopes && { scopes: options.scopes }),
      ...(options?.redirectUri && { redirectUris: [options.redirectUri] }),
    };
    const providers: Provider[] = [
      { provide: token, useFactory: () => testbed ?? new GhlAuthTestbed(start) },
      {
        provide: appToken(name),
        inject: [token],
        useFactory: (bed: GhlAuthTestbed) => bed.appFor(given),
      },
      { provide: HighLevelSimulator, inject: [token], useFactory: ({ simulator }: GhlAuthTestbed) => simulator },
    ];
    return { module: GhlAuthTestbedModule, providers, exports: [token, appToken(name), HighLevelSimulator] };
  }
}

/**
 * `GhlAuthModule` for unit tests of services, in memory: the real module, on a simulated HighLevel in this process. Requests of `GhlHttpService`
 * and of instances that `GhlAuthInterceptor` is attached to reach it too, without a socket. It exports what `GhlAuthModule` exports, and
 * {@link GhlAuthTestbed}.
 *
 * Its options differ from the defaults in two: `job.enabled` is `false`, and `refresh.freshTokenMs` is 0, so that a token that dies right after
 * it was issued is replaced like any other.
 */
@Module({})
export class GhlAuthTestingModule {
  static forRoot(given: GhlAuthTestingModuleOptions = {}): DynamicModule {
    const { testbed: _, start: __, app: ___, options, ...ofHost } = given;
    const { name, isGlobal, imports = [], clientsProvider } = ofHost;
    const token = getGhlAuthTestbedToken(name);
    const app = appToken(name);
    const bed = GhlAuthTestbedModule.define(given);
    const from = <T>(useFactory: (testbed: GhlAuthTestbed) => T): ProviderOf<T> => ({ inject: [token], useFactory });
    const structure: GhlAuthModuleStructure = {
      ...ofHost,
      repository: from(({ repository }) => repository),
      transport: from(({ transport }) => transport),
      clock: from(({ clock }) => clock),
      imports: [...imports, bed],
    };
    const provideOptions: Provider = {
      provide: GHL_AUTH_OPTIONS,
      inject: [token, app],
      useFactory: (testbed: GhlAuthTestbed, ofApp: SimulatedApp) => {
        testbed.addHosts(options ?? {});
        return testingOptions(ofApp, options, clientsProvider === undefined);
      },
    };
    const core = GhlAuthCoreModule.define(structure, [provideOptions], () => ({}));
    const connection: Provider = {
      provide: CONNECTION,
      inject: [token, app, namedToken(TokenService, name)],
      useFactory: (testbed: GhlAuthTestbed, { appId }: SimulatedApp, tokens: TokenService) =>
        testbed.connect({ name, appId, tokens }),
    };
    return {
      module: GhlAuthTestingModule,
      global: isGlobal === true,
      imports: [core, bed],
      providers: [connection],
      exports: [core, bed],
    };
  }
}
