import type { Mode } from '../decision/pause.js';
import type { SealingKey } from '../sealing/sealing-key.js';
import { NUMBER_SETTINGS } from './durations.js';
import { pairProblems, readSecret, type Variables } from './environment-pair.js';
import { readSealingKeys } from './environment-sealing-keys.js';
import { environmentProblems } from './environment.validation.js';
import type { EnvironmentReading } from './environment.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';
import { VARIABLES } from './variables.js';

/** The options that variables set, and what is wrong with these. None is empty. */
export async function readVariables(variables: Variables): Promise<EnvironmentReading> {
  const wrong = [...environmentProblems(variables), ...pairProblems(variables)];
  const isWrong = (name: string): boolean => wrong.some(({ variable }) => variable === name);
  const right = Object.fromEntries(Object.entries(variables).filter(([name]) => !isWrong(name)));
  const secret = await readSecret(right);
  if ('problem' in secret) wrong.push(secret);
  const { keys, problems: ofKeys } = await readSealingKeys(right);
  wrong.push(...ofKeys);
  return {
    options: optionsFrom(right, 'text' in secret ? secret.text : undefined, keys),
    problems: wrong.map(({ problem }) => problem),
    faulty: new Set(VARIABLES.filter(({ name }) => isWrong(name)).map(({ option }) => option)),
  };
}

const words = (text: string): readonly string[] => text.split(/[\s,]+/).filter(Boolean);

const optionsFrom = (
  variables: Variables,
  clientSecret: string | undefined,
  keys: readonly SealingKey[] | undefined,
): GhlAuthOptions => {
  const clientId = variables['GHL_CLIENT_ID'];
  const as = <T>(option: string, variable: string, read: (value: string) => T): Record<string, T> => {
    const value = variables[variable];
    return value === undefined ? {} : { [option]: read(value) };
  };
  const text = (value: string): string => value;
  return {
    ...(clientId === undefined || clientSecret === undefined ? {} : { clients: [{ clientId, clientSecret }] }),
    ...as('redirectUri', 'GHL_REDIRECT_URI', text),
    ...as('scopes', 'GHL_SCOPES', words),
    ...as('apiBaseUrl', 'GHL_API_BASE_URL', text),
    ...as('marketplaceUrl', 'GHL_MARKETPLACE_URL', text),
    ...as('apiVersion', 'GHL_API_VERSION', text),
    ...as('allowedHosts', 'GHL_AUTH_ALLOWED_HOSTS', words),
    ...as('mode', 'GHL_AUTH_MODE', (value) => value as Mode),
    ...groupsFrom(variables),
    ...sealingFrom(variables, keys),
  };
};

const sealingFrom = (
  variables: Variables,
  keys: readonly SealingKey[] | undefined,
): Pick<GhlAuthOptions, 'sealing'> => {
  const switches = Object.entries({ enabled: 'ENABLED', required: 'REQUIRED', acceptUnsealed: 'ACCEPT_UNSEALED' })
    .map(([member, suffix]) => [member, variables[`GHL_AUTH_SEALING_${suffix}`]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([member, value]) => [member, value === 'true'] as const);
  const sealing = { ...(keys === undefined ? {} : { keys }), ...Object.fromEntries(switches) };
  return Object.keys(sealing).length === 0 ? {} : { sealing };
};

const groupsFrom = (variables: Variables): Readonly<Record<string, Readonly<Record<string, number | boolean>>>> => {
  const groups: Record<string, Record<string, number | boolean>> = {};
  for (const group of ['reconnect', 'mint', 'job']) {
    const value = variables[`GHL_AUTH_${group.toUpperCase()}_ENABLED`];
    if (value !== undefined) (groups[group] ??= {})['enabled'] = value === 'true';
  }
  for (const { group, name, variable } of NUMBER_SETTINGS) {
    const value = variables[variable];
    if (value !== undefined) (groups[group] ??= {})[name] = Number(value);
  }
  return groups;
};
