import type { ClientPair } from '../highlevel/client-pair.js';
import { configInvalid } from './config-problem.js';
import { NUMBER_SETTINGS, type NumberSetting } from './durations.js';
import { CLIENT_ID } from './forms.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';
import type { Settings } from './settings.js';

const GRACE_MS = 30_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const VERSION = /^(v\d+|\d{4}-\d{2}-\d{2})$/;
const HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i;

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(NUMBER_SETTINGS.map(({ group }) => [group, NUMBER_SETTINGS.filter((row) => row.group === group).map(({ name }) => name)])),
  reconnect: ['enabled'],
  mint: ['enabled'],
};
const OPTIONS = ['clients', 'redirectUri', 'scopes', 'apiBaseUrl', 'marketplaceUrl', 'apiVersion', 'allowedHosts', ...Object.keys(GROUPS)];

type Loose = Readonly<Record<string, unknown>>;
type Complain = (problem: string) => void;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts options over the environment over the defaults, and checks the result.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming each option that is wrong with its fix, and no secret
 */
export function resolveSettings(options: GhlAuthOptions, environment: GhlAuthOptions): Settings {
  const problems: string[] = [];
  const complain: Complain = (problem) => problems.push(problem);
  checkNames(options, complain);
  const pick = <K extends keyof GhlAuthOptions>(name: K): GhlAuthOptions[K] => options[name] ?? environment[name];
  const clients = checkClients(pick('clients'), complain);
  const apiBaseUrl = checkUrl('apiBaseUrl', pick('apiBaseUrl') ?? 'https://services.leadconnectorhq.com', complain);
  const marketplaceUrl = checkUrl('marketplaceUrl', pick('marketplaceUrl') ?? 'https://marketplace.gohighlevel.com', complain);
  const redirectUri = checkRedirectUri(pick('redirectUri'), complain);
  const scopes = checkScopes(pick('scopes'), complain);
  const apiVersion = pick('apiVersion') ?? '2021-07-28';
  if (typeof apiVersion !== 'string' || !VERSION.test(apiVersion)) complain('option apiVersion must be a version such as 2021-07-28 or v3');
  const allowedHosts = checkHosts(pick('allowedHosts') ?? [], complain);
  const numbers = checkNumbers(options as Loose, environment as Loose, complain);
  const rungs = { mint: checkSwitch('mint', options, environment, complain), reconnect: checkSwitch('reconnect', options, environment, complain) };
  if (problems.length === 0) checkLease(numbers, complain);
  if (problems.length > 0) throw configInvalid(problems);

  const api = new URL(apiBaseUrl);
  return {
    appId: (clients[0] as ClientPair).clientId.split('-')[0] as string,
    clients,
    redirectUri,
    scopes,
    apiBaseUrl: apiBaseUrl.replace(/\/+$/, ''),
    marketplaceUrl,
    apiVersion,
    allowedHosts: new Set([api.host, ...allowedHosts]),
    isPlainHttp: api.protocol === 'http:',
    rungs,
    ...(numbers as Pick<Settings, NumberSetting['group']>),
  };
}

const checkNames = (options: unknown, complain: Complain): void => {
  if (!isObject(options)) {
    complain(`the options are ${options === null ? 'null' : typeof options}, not an object`);
    return;
  }
  for (const [name, value] of Object.entries(options)) {
    if (!OPTIONS.includes(name)) complain(`option ${name} does not exist; there are ${OPTIONS.join(', ')}`);
    const members = GROUPS[name];
    if (members === undefined || value === undefined) continue;
    if (!isObject(value)) complain(`option ${name} must be an object with ${members.join(', ')}`);
    else for (const member of Object.keys(value)) if (!members.includes(member)) complain(`option ${name}.${member} does not exist; there are ${members.join(', ')}`);
  }
};

const checkClients = (value: unknown, complain: Complain): readonly ClientPair[] => {
  if (!Array.isArray(value) || value.length === 0) {
    complain('no key pair: set GHL_CLIENT_ID and GHL_CLIENT_SECRET, or pass option clients: [{ clientId, clientSecret }]');
    return [];
  }
  const clients = (value as unknown[]).map((pair, index) => {
    const { clientId, clientSecret } = isObject(pair) ? pair : {};
    if (typeof clientId !== 'string' || !CLIENT_ID.test(clientId)) complain(`option clients[${index}].clientId must be a client id of the marketplace portal, <app id>-<suffix>`);
    if (typeof clientSecret !== 'string' || !/^\S+$/.test(clientSecret)) complain(`option clients[${index}].clientSecret must be the secret of that client id, without blanks`);
    return { clientId: String(clientId), clientSecret: String(clientSecret) };
  });
  const apps = new Set(clients.map(({ clientId }) => clientId.split('-')[0]));
  if (apps.size > 1) complain('option clients holds pairs of several apps (the part before the dash differs): register the module once for each app');
  if (new Set(clients.map(({ clientId }) => clientId)).size < clients.length) complain('option clients holds the same clientId twice: keep the pair with the current secret');
  return clients;
};

const parseUrl = (value: unknown): URL | null => (typeof value === 'string' && URL.canParse(value) ? new URL(value) : null);

const checkUrl = (name: string, value: unknown, complain: Complain): string => {
  const url = parseUrl(value);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) complain(`option ${name} must be an absolute URL such as https://services.leadconnectorhq.com`);
  else if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) complain(`option ${name} must begin with https://; http:// is accepted for this machine only`);
  else if (url.username || url.password || url.search || url.hash) complain(`option ${name} must have no user, query or fragment`);
  return String(value);
};

const checkRedirectUri = (value: unknown, complain: Complain): string | undefined => {
  if (value === undefined) complain('no redirect URI: set GHL_REDIRECT_URI or pass option redirectUri; customers come back to it after authorizing');
  else if (parseUrl(value) === null) complain('option redirectUri must be an absolute URL, the one that is set in the marketplace portal');
  return value as string | undefined;
};

const checkScopes = (value: unknown, complain: Complain): readonly string[] => {
  if (value === undefined) complain("no scopes: set GHL_SCOPES or pass option scopes, such as ['contacts.readonly', 'oauth.write']");
  else if (!Array.isArray(value) || value.length === 0 || !value.every((scope) => typeof scope === 'string' && /^\S+$/.test(scope))) {
    complain("option scopes must be a list of scopes, such as ['contacts.readonly', 'oauth.write']");
  }
  return (value ?? []) as readonly string[];
};

const checkHosts = (value: unknown, complain: Complain): readonly string[] => {
  if (Array.isArray(value) && value.every((host) => typeof host === 'string' && HOST.test(host))) return (value as string[]).map((host) => host.toLowerCase());
  complain('option allowedHosts must be a list of hosts such as api.example.com or 127.0.0.1:8080, without scheme and path');
  return [];
};

const checkSwitch = (name: 'mint' | 'reconnect', options: GhlAuthOptions, environment: GhlAuthOptions, complain: Complain): boolean => {
  const value: unknown = options[name]?.enabled ?? environment[name]?.enabled ?? true;
  if (typeof value !== 'boolean') complain(`option ${name}.enabled must be true or false`);
  return value === true;
};

const checkNumbers = (options: Loose, environment: Loose, complain: Complain): Readonly<Record<string, Readonly<Record<string, number>>>> => {
  const groups: Record<string, Record<string, number>> = {};
  for (const { group, name, variable, fallback, min, max } of NUMBER_SETTINGS) {
    const own = (options[group] as Loose | undefined)?.[name];
    const value = own ?? (environment[group] as Loose | undefined)?.[name] ?? fallback;
    const source = own === undefined ? `environment variable ${variable}` : `option ${group}.${name}`;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) complain(`${source} must be a whole number from ${min} to ${max}`);
    (groups[group] ??= {})[name] = value as number;
  }
  return groups;
};

/** A rotation whose instance died has to be repeated by another one while HighLevel still repeats its answer. */
const checkLease = (numbers: Readonly<Record<string, Readonly<Record<string, number>>>>, complain: Complain): void => {
  const { ttlMs = 0, lookIntervalMs = 0 } = numbers['lease'] ?? {};
  const { highLevelMs = 0 } = numbers['timeouts'] ?? {};
  const sum = ttlMs + lookIntervalMs + highLevelMs;
  if (sum >= GRACE_MS) complain(`options lease.ttlMs, lease.lookIntervalMs and timeouts.highLevelMs add up to ${sum}; keep the sum below ${GRACE_MS}, within which HighLevel repeats its answer`);
  if (ttlMs <= highLevelMs) complain('option lease.ttlMs must be greater than timeouts.highLevelMs: a call must not outlive its lease');
};
