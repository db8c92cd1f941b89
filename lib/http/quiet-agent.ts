import { inspect } from 'node:util';

const QUIET = { value: (): string => '[Agent]', configurable: true };

/**
 * Keeps an agent that the host has put into a config out of what is printed of that config. Its sockets hold the requests that are
 * under way, of whatever installation, and with them their tokens; printing the error of one would show those of all others.
 */
export function quieten(agent: unknown): void {
  if (typeof agent !== 'object' || agent === null || Object.hasOwn(agent, 'toJSON')) return;
  if (Object.isExtensible(agent)) Object.defineProperties(agent, { toJSON: QUIET, [inspect.custom]: QUIET });
}
