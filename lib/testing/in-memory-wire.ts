import type { Clock } from '../time/clock.js';
import type { LostAnswer } from './simulator/wire.js';

/** How a network in this process behaves. */
export interface InMemoryNetworkOptions {
  /** On which delays, hanging and the callers' timeouts pass. */
  readonly clock: Clock;
  /** Every answer takes so long (ms). @default 0 */
  readonly latencyMs?: number;
  /** Whether a host resolves, as `host` or `host:port`; a call to any other fails as unknown. */
  readonly knows: (host: string) => boolean;
}

/** A connection on which nothing comes for so long is broken, as undici and the proxies of this world do. */
export const HANG_MS = 300_000;

const systemError = (message: string, code: string, syscall: string): Error =>
  Object.assign(new Error(message), { code, syscall });

/** As a resolver says it. */
export const unknownHost = (host: string): Error =>
  systemError(`getaddrinfo ENOTFOUND ${host}`, 'ENOTFOUND', 'getaddrinfo');

/** As a socket says it. */
export const lostConnection = (lost: LostAnswer): Error =>
  lost === 'refused'
    ? systemError('connect ECONNREFUSED', 'ECONNREFUSED', 'connect')
    : systemError('read ECONNRESET', 'ECONNRESET', 'read');
