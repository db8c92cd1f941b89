import { registerAs } from '@nestjs/config';
import { readEnvironment } from './config/environment.js';

/**
 * The module's environment for `@nestjs/config`. In `GhlAuthModule.forRootAsync`, beside the repository:
 *
 * ```ts
 * imports: [ConfigModule.forFeature(ghlAuthConfig)],
 * inject: [ghlAuthConfig.KEY],
 * useFactory: (config: ConfigType<typeof ghlAuthConfig>) => config,
 * ```
 *
 * It reads the whole environment; what `forRoot()` does not look at because an option is given has to be right as well.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID` when it is loaded
 */
export const ghlAuthConfig = registerAs('ghlAuth', () => readEnvironment());
