import type { EventEmitter } from 'node:events';
import type { PgPool } from './pool-executor.js';

/** Ends soon after it was last needed, and keeps no process alive. */
const IDLE_MS = 1_000;

/** Whether a statement would have to wait for one that the host has to give back first. */
export const isExhausted = ({ options, totalCount, idleCount, waitingCount }: PgPool): boolean =>
  options?.max !== undefined && options.max - totalCount + idleCount - waitingCount <= 0;

/**
 * One connection beside the pool, to the same database with the same settings. Callers that hold every connection of the
 * pool may be waiting for the very token that a statement is about: to queue behind them would be to wait for each other.
 * @returns `null` where the pool cannot be copied
 */
export function spareConnection(pool: PgPool): PgPool | null {
  const { options, constructor } = pool as { options?: object; constructor: unknown };
  if (options === undefined || typeof constructor !== 'function') return null;
  try {
    const spare = new (constructor as new (options: object) => PgPool)({
      ...copyOf(options),
      ...{ max: 1, min: 0, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true },
    });
    if (typeof spare.query !== 'function') return null;
    passOn(spare as unknown as EventEmitter, pool as unknown as EventEmitter);
    return spare;
  } catch {
    return null;
  }
}

/** To the host's own listeners: `connect` is where sessions get their settings. */
function passOn(spare: EventEmitter, pool: EventEmitter): void {
  spare.on('connect', (client) => pool.emit('connect', client));
  spare.on('error', (error, client) => {
    if (pool.listenerCount('error') > 0) pool.emit('error', error, client);
  });
}

/** `pg` hides the password from enumeration. */
const copyOf = (options: object): object =>
  Object.fromEntries(Object.getOwnPropertyNames(options).map((name) => [name, Reflect.get(options, name) as unknown]));
