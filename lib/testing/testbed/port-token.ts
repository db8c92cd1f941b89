import type { PortName } from '../../module/structure.js';
import { portToken } from '../../module/tokens.js';

/**
 * What something that a host brings is found under, in every registration: for `overrideProvider()`, where `GhlAuthTestbed.override` does too much.
 *
 * ```ts
 * builder.overrideProvider(getGhlAuthPortToken('listener')).useValue({ onInstallationChange: jest.fn() });
 * ```
 */
export const getGhlAuthPortToken = (port: PortName): symbol => portToken(port);
