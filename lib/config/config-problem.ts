import { GhlAuthError } from '../errors/ghl-auth-error.js';

/** The error for a configuration that cannot work: all problems at once, each naming the option or variable and the fix. */
export const configInvalid = (problems: readonly string[]): GhlAuthError =>
  new GhlAuthError(
    'GHL_CONFIG_INVALID',
    `GhlAuthModule is not configured correctly:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
