import { GhlAuthError } from '../errors/ghl-auth-error.js';

/** The error for a host's key provider that does not do what it promises. */
export const sealingFailed = (operation: string, problem: string, cause?: Error): GhlAuthError =>
  new GhlAuthError('GHL_SEALING_FAILED', `The key provider failed at ${operation}(): ${problem}`, { cause });
