import type { Answer } from './answer.js';

/**
 * Whether HighLevel offers the Reconnect API to a client id.
 *
 * - `available`: the endpoint has spoken about what it was asked
 * - `removed`: it says that it is gone
 * - `unknown`: the answer says nothing about that
 */
export type ReconnectAvailability = 'available' | 'removed' | 'unknown';

/** Reads the answer to a Reconnect of a place that cannot exist. Only known words count: a page of a proxy, say, speaks for nobody. */
export function reconnectAvailability({ kind }: Answer): ReconnectAvailability {
  switch (kind) {
    case 'endpoint_removed':
      return 'removed';
    case 'code':
    case 'refused':
    case 'place_inactive':
    case 'client_refused':
      return 'available';
    default:
      return 'unknown';
  }
}
