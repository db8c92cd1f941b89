import { registerAs } from '@nestjs/config';
import { readEnvironment } from './config/environment.js';

/**
 * The module's environment for `@nestjs/config`: `ConfigModule.forRoot({ load: [ghlAuthConfig] })`, then
 * `GhlAuthModule.forRootAsync({ inject: [ghlAuthConfig.KEY], useFactory: (config: GhlAuthOptions) => config, … })`.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID` when it is loaded
 */
export const ghlAuthConfig = registerAs('ghlAuth', () => readEnvironment());
