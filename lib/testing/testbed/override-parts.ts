import type { GhlAuthOptions } from '../../config/ghl-auth-options.js';
import type { Settings } from '../../config/settings.js';
import type { Engine } from '../../engine.js';
import { readSettings } from '../../module/ghl-auth-core.module.js';
import type { HostPorts } from '../../module/ghl-auth-host.module.js';
import type { Registration } from '../../module/registrations.js';
import {
  GHL_AUTH_ENGINE,
  GHL_AUTH_OPTIONS,
  GHL_AUTH_PORTS,
  GHL_AUTH_REGISTRATION,
  GHL_AUTH_SETTINGS,
  portToken,
} from '../../module/tokens.js';
import { TokenService } from '../../services/token.service.js';
import { ManualClock } from '../manual-clock.js';
import type { GhlAuthTestbed } from './ghl-auth-testbed.js';

/** As much of `TestingModuleBuilder` of `@nestjs/testing` as is needed. */
export interface TestingBuilder {
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    useFactory(options: { factory: (...args: never[]) => unknown; inject?: never[] }): unknown;
  };
}

/** What {@link GhlAuthTestbed.override} leaves as it is. */
export interface OverrideOptions {
  /**
   * `'own'` keeps the application's own repository, for tests with its database. The testbed then needs a `TravellingClock`: on one that moves by
   * itself the time limit of every call to a database runs out at once.
   * @default 'memory'
   */
  readonly repository?: 'memory' | 'own';
  /** Whether the refresh job may run by itself, on real time. @default false: call `RefreshJob.runOnce()` */
  readonly job?: boolean;
  /** As the option `refresh.freshTokenMs`. @default 0: a token that dies right after it was issued is replaced, too */
  readonly freshTokenMs?: number;
}

/** Overrides what reaches out of the module, in every registration of an application. */
export function overrideParts(builder: TestingBuilder, testbed: GhlAuthTestbed, options: OverrideOptions): void {
  const { repository = 'memory', job = false, freshTokenMs = 0 } = options;
  if (repository === 'own' && testbed.clock instanceof ManualClock) {
    throw new Error(
      "override({ repository: 'own' }) needs a clock on which a database has time to answer: " +
        'new GhlAuthTestbed({ clock: new TravellingClock() })',
    );
  }
  const adopted = async (registration: Registration, given: GhlAuthOptions, ports: HostPorts): Promise<Settings> => {
    const settings = await readSettings(registration, given, ports, process.env);
    testbed.adopt(settings);
    const isJobEnabled = job ? settings.isJobEnabled : false;
    return { ...settings, isJobEnabled, refresh: { ...settings.refresh, freshTokenMs } };
  };
  const connected = (engine: Engine, { name }: Registration): TokenService => {
    const tokens = new TokenService(engine);
    testbed.connect({ name, appId: engine.settings.appId, tokens });
    return tokens;
  };
  const inject = [GHL_AUTH_REGISTRATION, GHL_AUTH_OPTIONS, GHL_AUTH_PORTS] as never[];
  builder.overrideProvider(portToken('transport')).useValue(testbed.transport);
  builder.overrideProvider(portToken('clock')).useValue(testbed.clock);
  if (repository === 'memory') {
    builder.overrideProvider(portToken('repository')).useValue(testbed.repository);
    builder.overrideProvider(portToken('emergencySink')).useValue(null);
  }
  builder.overrideProvider(GHL_AUTH_SETTINGS).useFactory({ factory: adopted, inject });
  builder
    .overrideProvider(TokenService)
    .useFactory({ factory: connected, inject: [GHL_AUTH_ENGINE, GHL_AUTH_REGISTRATION] as never[] });
}
