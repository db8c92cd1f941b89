import fc from 'fast-check';
import type { PartialSettings } from '../../../lib/testing/simulator/settings.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** What does not change in the course of a history. What nobody knows of HighLevel is arbitrary. */
export interface Circumstances {
  readonly seed: number;
  /** Whether HighLevel still offers Reconnect to the app; steps may take it away for a while. */
  readonly hasReconnect: boolean;
  readonly instances: number;
  /** How far the clocks of instances are ahead. */
  readonly skewsMs: readonly number[];
  /** How long an access token lives. Short lives make for much to do. */
  readonly lifetimeMs: number;
  /** How much of it the first tokens have behind them when it begins. */
  readonly age: number;
  readonly afterGrace: 'refused' | 'killsInstallation' | 'sameAnswer';
  readonly mintRefreshToken: boolean;
  /** Whether the host has provided an emergency sink. */
  readonly hasSink: boolean;
  readonly refreshKillsAccessTokens: boolean;
  /** Whether the host seals what it stores, and is about to change the key. */
  readonly isSealed: boolean;
  /** What brings everything back in the end: calls, or the sweep. */
  readonly healedBy: 'calls' | 'sweep';
}

export const circumstances = (hasReconnect: boolean): fc.Arbitrary<Circumstances> =>
  fc.record({
    seed: fc.nat(),
    hasReconnect: fc.constant(hasReconnect),
    instances: fc.constantFrom(3, 2),
    skewsMs: fc.constantFrom([0], [0, 20 * S, -20 * S]),
    lifetimeMs: fc.constantFrom(24 * HOUR, 15 * MINUTE, 2 * MINUTE),
    age: fc.constantFrom(1.1, 0.98, 0.8, 0),
    afterGrace: fc.constantFrom('refused', 'killsInstallation', 'sameAnswer'),
    mintRefreshToken: fc.boolean(),
    hasSink: fc.boolean(),
    refreshKillsAccessTokens: fc.boolean(),
    isSealed: fc.constantFrom(false, false, false, true),
    healedBy: fc.constantFrom('calls', 'sweep'),
  });

/** How HighLevel behaves under these circumstances. */
export const settingsOf = (given: Circumstances): PartialSettings => ({
  reconnect: { mode: given.hasReconnect ? 'available' : 'removed' },
  token: {
    accessTokenLifetimeMs: given.lifetimeMs,
    afterGrace: given.afterGrace,
    refreshKillsAccessTokens: given.refreshKillsAccessTokens,
  },
  mint: { lifetimeMs: given.lifetimeMs, refreshToken: given.mintRefreshToken },
});
