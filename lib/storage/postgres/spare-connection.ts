import type { EventEmitter } from 'node:events';
import type { PgPool } from './pool-executor.js';

/** Ends soon after it was last needed, and keeps no process alive. */
const IDLE_MS = 1_000;
/** Unless the pool has a limit of its own: a statement that cannot have the spare connection goes to the pool. */
const CONNECT_MS = 2_000;
const OWN = { max: 1, min: 0, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true };

/** A pool of a single connection. */
export interface SpareConnection extends PgPool {
  connect(): Promise<{ release(): void }>;
}

/** Whether a statement would have to wait for one that the host has to give back first. */
export const isExhausted = ({ options, totalCount, idleCount, waitingCount }: PgPool): boolean =>
  options?.max !== undefined && options.max - totalCount + idleCount - waitingCount <= 0;

/**
 * One connection beside the pool, to the same database with the same settings. Callers that hold every connection of the
 * pool may be waiting for the very token that a statement is about: to queue behind them would be to wait for each other.
 * @returns `null` where the pool cannot be copied
 */
export function spareConnection(pool: PgPool): SpareConnection | null {
  const { options, constructor } = pool as { options?: object; constructor: unknown };
  if (options === undefined || typeof constructor !== 'function') return null;
  try {
    const spare = new (constructor as new (options: object) => SpareConnection)({
      connectionTimeoutMillis: CONNECT_MS,
      ...copyOf(options),
      ...OWN,
    });
    if (typeof spare.connect !== 'function' || !hasSameSettings(spare, options)) return null;
    passOn(spare as unknown as EventEmitter, pool as unknown as EventEmitter);
    return spare;
  } catch {
    return null;
  }
}

/** Whether it is connected, if need be anew. PostgreSQL may allow no more connections than the pool has. */
export const isConnected = async (spare: SpareConnection): Promise<boolean> => {
  try {
    (await spare.connect()).release();
    return true;
  } catch {
    return false;
  }
};

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

/** A pool class of the host's may take something else than `pg`'s options, and would connect to who knows what. */
const hasSameSettings = ({ options = {} }: PgPool, wanted: object): boolean =>
  Object.getOwnPropertyNames(wanted).every(
    (name) => Object.hasOwn(OWN, name) || Object.is(Reflect.get(options, name), Reflect.get(wanted, name)),
  );
