import { AsyncLocalStorage } from 'node:async_hooks';
import type { Apart } from './apart.js';

const bulk = new AsyncLocalStorage<true>();
const asItIs: Apart = (work) => work();

/** Marks work that no live caller waits for: its calls to HighLevel stand back behind those of callers who do. */
export const inBulk: Apart = (work) => bulk.run(true, work);

/** Whether the work of this moment is done in bulk. */
export const isInBulk = (): boolean => bulk.getStore() === true;

/** Carries the mark of this moment into another context. */
export const carried = (): Apart => (isInBulk() ? inBulk : asItIs);
