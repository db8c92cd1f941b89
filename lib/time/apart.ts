import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs work in another context than the caller's. */
export type Apart = <T>(work: () => T) => T;

/**
 * The context of this moment, for work that belongs to nobody: made at the start of the application, it keeps the work
 * out of a caller's transaction and request.
 */
export const contextOfNow = (): Apart => AsyncLocalStorage.snapshot();

const bulk = new AsyncLocalStorage<true>();
const asItIs: Apart = (work) => work();

/** Marks work that no live caller waits for: its calls to HighLevel stand back behind those of callers who do. */
export const inBulk: Apart = (work) => bulk.run(true, work);

/** Whether the work of this moment is done in bulk. */
export const isInBulk = (): boolean => bulk.getStore() === true;

/** Carries the mark of this moment into another context. */
export const carried = (): Apart => (isInBulk() ? inBulk : asItIs);
