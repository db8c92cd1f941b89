import { readFile } from 'node:fs/promises';
import { configInvalid } from './config-problem.js';
import { NUMBER_SETTINGS } from './durations.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';

const VARIABLES: readonly string[] = [
  'GHL_CLIENT_ID',
  'GHL_CLIENT_SECRET',
  'GHL_CLIENT_SECRET_FILE',
  'GHL_REDIRECT_URI',
  'GHL_SCOPES',
  'GHL_API_BASE_URL',
  'GHL_MARKETPLACE_URL',
  'GHL_API_VERSION',
  'GHL_AUTH_ALLOWED_HOSTS',
  'GHL_AUTH_RECONNECT_ENABLED',
  'GHL_AUTH_MINT_ENABLED',
  ...NUMBER_SETTINGS.map(({ variable }) => variable),
];

type Variables = Readonly<Record<string, string>>;

/**
 * Reads the options that the environment sets. An empty variable counts as not set.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming each variable that is wrong and never a value
 */
export async function readEnvironment(environment: Readonly<Record<string, string | undefined>> = process.env): Promise<GhlAuthOptions> {
  const variables: Variables = Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = environment[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );
  if (Object.keys(variables).length === 0) return {};
  const problems = [...(await formProblems(variables)), ...pairProblems(variables)];
  if (problems.length > 0) throw configInvalid(problems);
  return optionsFrom(variables, await readSecret(variables));
}

/** class-validator is loaded only where there is something to validate: it costs more than the rest of the module's start. */
const formProblems = async (variables: Variables): Promise<readonly string[]> => {
  const { environmentProblems } = await import('./environment.validation.js');
  return environmentProblems(variables);
};

const pairProblems = (variables: Variables): string[] => {
  const has = (name: string): boolean => variables[name] !== undefined;
  const hasSecret = has('GHL_CLIENT_SECRET') || has('GHL_CLIENT_SECRET_FILE');
  const problems: string[] = [];
  if (has('GHL_CLIENT_SECRET') && has('GHL_CLIENT_SECRET_FILE')) problems.push('set GHL_CLIENT_SECRET or GHL_CLIENT_SECRET_FILE, not both');
  if (has('GHL_CLIENT_ID') && !hasSecret) problems.push('GHL_CLIENT_ID is set without a secret: set GHL_CLIENT_SECRET or GHL_CLIENT_SECRET_FILE');
  if (!has('GHL_CLIENT_ID') && hasSecret) problems.push('a client secret is set without an id: set GHL_CLIENT_ID');
  return problems;
};

const readSecret = async (variables: Variables): Promise<string | undefined> => {
  const file = variables['GHL_CLIENT_SECRET_FILE'];
  if (file === undefined) return variables['GHL_CLIENT_SECRET'];
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw configInvalid([`environment variable GHL_CLIENT_SECRET_FILE names a file that cannot be read (${error.code})`]);
  });
  if (!/^\S+$/.test(text.trim())) throw configInvalid(['environment variable GHL_CLIENT_SECRET_FILE names a file that does not hold one secret']);
  return text.trim();
};

const words = (text: string): readonly string[] => text.split(/[\s,]+/).filter(Boolean);

const optionsFrom = (variables: Variables, clientSecret: string | undefined): GhlAuthOptions => {
  const clientId = variables['GHL_CLIENT_ID'];
  const as = <T>(option: string, variable: string, read: (value: string) => T): Record<string, T> => {
    const value = variables[variable];
    return value === undefined ? {} : { [option]: read(value) };
  };
  const text = (value: string): string => value;
  const enabled = (value: string): { readonly enabled: boolean } => ({ enabled: value === 'true' });
  return {
    ...(clientId === undefined || clientSecret === undefined ? {} : { clients: [{ clientId, clientSecret }] }),
    ...as('redirectUri', 'GHL_REDIRECT_URI', text),
    ...as('scopes', 'GHL_SCOPES', words),
    ...as('apiBaseUrl', 'GHL_API_BASE_URL', text),
    ...as('marketplaceUrl', 'GHL_MARKETPLACE_URL', text),
    ...as('apiVersion', 'GHL_API_VERSION', text),
    ...as('allowedHosts', 'GHL_AUTH_ALLOWED_HOSTS', words),
    ...as('reconnect', 'GHL_AUTH_RECONNECT_ENABLED', enabled),
    ...as('mint', 'GHL_AUTH_MINT_ENABLED', enabled),
    ...numbersFrom(variables),
  };
};

const numbersFrom = (variables: Variables): Readonly<Record<string, Readonly<Record<string, number>>>> => {
  const groups: Record<string, Record<string, number>> = {};
  for (const { group, name, variable } of NUMBER_SETTINGS) {
    const value = variables[variable];
    if (value !== undefined) (groups[group] ??= {})[name] = Number(value);
  }
  return groups;
};
