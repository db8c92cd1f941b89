import type { ModulesContainer } from '@nestjs/core';
import { configInvalid } from '../config/config-problem.js';
import type { GhlAuthModuleStructure } from './module-definition.js';
import { GHL_AUTH_REGISTRATION } from './tokens.js';

/** Marks a registration, in a module of the application. */
export interface Registration {
  readonly name: string | undefined;
  /** As the host has given it. */
  readonly structure: Partial<GhlAuthModuleStructure>;
}

/**
 * Refuses registrations that injection cannot tell apart: the consumer would silently get the first. Looks at the application that is
 * starting, and not at a list of the process, which would break test suites.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`
 */
export function assertToldApart(modules: ModulesContainer): void {
  const names = [...modules.values()].flatMap(({ providers }) => {
    const found = providers.get(GHL_AUTH_REGISTRATION);
    return found === undefined ? [] : [(found.instance as Registration | null)?.name];
  });
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length === 0) return;
  throw configInvalid(
    [...new Set(twice)].map((name) =>
      name === undefined
        ? "GhlAuthModule is registered twice without a name: register it once and import that, or give each a name: 'billing' and inject with @InjectTokenService('billing')"
        : `GhlAuthModule is registered twice with the name '${name}': give each registration a name of its own`,
    ),
  );
}
