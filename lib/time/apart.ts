import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs work in another context than the caller's. */
export type Apart = <T>(work: () => T) => T;

/**
 * The context of this moment, for work that belongs to nobody: made at the start of the application, it keeps the work
 * out of a caller's transaction and request.
 */
export const contextOfNow = (): Apart => AsyncLocalStorage.snapshot();
