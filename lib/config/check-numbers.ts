import { GRACE_MS } from '../decision/grace.js';
import type { Complain } from './checks.js';
import { NUMBER_SETTINGS, type NumberSetting } from './durations.js';
import type { Settings } from './settings.js';
import { nameOf, valueIn } from './variables.js';

/** The whole-number settings, by group. */
export type Numbers = Pick<Settings, NumberSetting['group']>;

/** Every whole-number setting, from the options, the environment or its default, within its bounds. */
export function checkNumbers(options: unknown, environment: unknown, complain: Complain): Numbers {
  const groups: Record<string, Record<string, number>> = {};
  for (const { group, name, fallback, min, max } of NUMBER_SETTINGS) {
    const value = valueIn(options, group, name) ?? valueIn(environment, group, name) ?? fallback;
    const isRight = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
    if (!isRight) complain(`${nameOf(options, group, name)} must be a whole number from ${min} to ${max}`);
    // A wrong one must not make others look wrong.
    (groups[group] ??= {})[name] = isRight ? (value as number) : fallback;
  }
  const numbers = groups as unknown as Numbers;
  checkLease(numbers, complain);
  return numbers;
}

/** A rotation whose instance died has to be repeated by another one while HighLevel still repeats its answer. */
const checkLease = ({ lease, timeouts }: Numbers, complain: Complain): void => {
  const sum = lease.ttlMs + lease.lookIntervalMs + timeouts.highLevelMs;
  if (sum >= GRACE_MS) {
    complain(
      `options lease.ttlMs, lease.lookIntervalMs and timeouts.highLevelMs (GHL_AUTH_LEASE_TTL_MS and so on) add up to ${sum}: ` +
        `keep the sum below ${GRACE_MS}, within which HighLevel repeats its answer`,
    );
  }
  if (lease.ttlMs <= timeouts.highLevelMs) {
    complain('option lease.ttlMs must be greater than timeouts.highLevelMs: a call must not outlive its lease');
  }
};
