/** A whole-number setting: where it stands among the options, its environment variable, its default and its bounds. */
export interface NumberSetting {
  readonly group: 'refresh' | 'cache' | 'lease' | 'timeouts' | 'job';
  readonly name: string;
  readonly variable: string;
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

const S = 1_000;
const H = 3_600 * S;
const DAY = 24 * H;

const row = (
  group: NumberSetting['group'],
  name: string,
  fallback: number,
  min: number,
  max: number,
): NumberSetting => ({
  group,
  name,
  variable: `GHL_AUTH_${group.toUpperCase()}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  fallback,
  min,
  max,
});

/** Every whole-number setting of the module. */
export const NUMBER_SETTINGS: readonly NumberSetting[] = [
  row('refresh', 'advisoryWindowMs', H, 0, DAY),
  row('refresh', 'mandatoryWindowMs', 60 * S, 0, DAY),
  row('refresh', 'freshTokenMs', 5 * S, 0, H),
  row('refresh', 'unclearRejectionMs', H, S, 7 * DAY),
  row('refresh', 'backOffBaseMs', 5 * S, 1, H),
  row('refresh', 'backOffMaxMs', H, 1, DAY),
  row('refresh', 'suspendedLookMs', 6 * H, S, 30 * DAY),
  row('refresh', 'closedRungTryMs', H, S, 30 * DAY),
  row('cache', 'maxEntries', 10_000, 1, 10_000_000),
  row('cache', 'lookAgainMs', 60 * S, 100, H),
  row('cache', 'failureMs', 5 * S, 0, 10 * 60 * S),
  row('lease', 'ttlMs', 12 * S, 100, 29 * S),
  row('lease', 'lookIntervalMs', 250, 5, 10 * S),
  row('timeouts', 'tokenWaitMs', 45 * S, 1, H),
  row('timeouts', 'highLevelMs', 10 * S, 100, 29 * S),
  row('timeouts', 'storeMs', 5 * S, 50, 60 * S),
  row('timeouts', 'listenerMs', 30 * S, 50, H),
  row('timeouts', 'shutdownMs', 25 * S, 0, H),
  row('job', 'intervalMs', 10 * S, S, DAY),
  row('job', 'concurrency', 4, 1, 100),
  row('job', 'pageSize', 200, 1, 1_000),
  row('job', 'spreadMs', 2 * H, 0, DAY),
  row('job', 'idleAfterMs', 7 * DAY, 0, 365 * DAY),
  row('job', 'maxRefreshTokenAgeMs', 300 * DAY, H, 360 * DAY),
];
