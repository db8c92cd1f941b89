import type { Mode } from '../decision/pause.js';
import { configInvalid } from './config-problem.js';
import { NUMBER_SETTINGS } from './durations.js';
import { pairProblems, readSecret, type VariableProblem, type Variables } from './environment-pair.js';
import { readSealingKeys } from './environment-sealing-keys.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';
import type { SealingKey } from '../sealing/sealing-key.js';
import { valueIn, VARIABLES } from './variables.js';

/** What the environment sets, and what is wrong with it. */
export interface EnvironmentReading {
  readonly options: GhlAuthOptions;
  /** Each names its variable, and never a value. */
  readonly problems: readonly string[];
  /** Options whose variables are there but wrong: they are not missing. */
  readonly faulty: ReadonlySet<keyof GhlAuthOptions>;
}

/**
 * Reads the options that the environment sets. An empty variable counts as not set.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming each variable that is wrong and never a value
 */
export async function readEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<GhlAuthOptions> {
  const { options, problems } = await surveyEnvironment(environment);
  if (problems.length > 0) throw configInvalid(problems);
  return options;
}

/**
 * Reads the environment without failing. A variable whose option is given is not looked at: the option beats it.
 * @param given the options of the registration
 */
export async function surveyEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  given: unknown = {},
): Promise<EnvironmentReading> {
  const variables: Variables = Object.fromEntries(
    VARIABLES.flatMap(({ name, option, member }) => {
      const value = environment[name]?.trim();
      return value && valueIn(given, option, member) === undefined ? [[name, value]] : [];
    }),
  );
  if (Object.keys(variables).length === 0) return { options: {}, problems: [], faulty: new Set() };
  const wrong = [...(await formProblems(variables)), ...pairProblems(variables)];
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

/** class-validator is loaded only where there is something to validate: it costs more than the rest of the module's start. */
const formProblems = async (variables: Variables): Promise<readonly VariableProblem[]> => {
  const { environmentProblems } = await import('./environment.validation.js');
  return environmentProblems(variables);
};

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
