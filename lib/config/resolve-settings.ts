import { checkNumbers } from './check-numbers.js';
import {
  checkClients,
  checkHosts,
  checkMode,
  checkRedirectUri,
  checkScopes,
  checkSwitch,
  checkUrl,
  checkVersion,
  type Check,
} from './checks.js';
import { configInvalid } from './config-problem.js';
import type { Mode } from '../decision/pause.js';
import type { EnvironmentReading } from './environment.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';
import { nameProblems } from './option-names.js';
import { checkSealingKeys, sealingSettings } from './sealing-options.js';
import type { Settings } from './settings.js';
import { nameOf, valueIn } from './variables.js';

/** What was found wrong before the options were looked at, to be told together with what is wrong with them. */
export type EarlierFindings = Pick<EnvironmentReading, 'problems' | 'faulty'> & {
  /** Whether the host provides the sealing keys. */
  readonly hasKeyProvider?: boolean;
};

const NOTHING: EarlierFindings = { problems: [], faulty: new Set() };

const MISSING = {
  clients: 'no key pair: set GHL_CLIENT_ID and GHL_CLIENT_SECRET, or pass option clients: [{ clientId, clientSecret }]',
  redirectUri:
    'no redirect URI: set GHL_REDIRECT_URI or pass option redirectUri; customers come back to it after authorizing',
  scopes: "no scopes: set GHL_SCOPES or pass option scopes, such as ['contacts.readonly', 'oauth.write']",
} as const;

/**
 * Puts options over the environment over the defaults, and checks the result.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming everything that is wrong at once, each with its fix, and no secret
 */
export function resolveSettings(
  options: GhlAuthOptions,
  environment: GhlAuthOptions,
  { problems: earlier, faulty, hasKeyProvider = false }: EarlierFindings = NOTHING,
): Settings {
  const problems = [...earlier, ...nameProblems(options)];
  const complain = (problem: string): void => void problems.push(problem);
  const valueOf = (option: keyof GhlAuthOptions, member?: string): unknown =>
    valueIn(options, option, member) ?? valueIn(environment, option, member);
  const required = <T>(option: keyof typeof MISSING, check: Check<T>): T | undefined => {
    const value = valueOf(option);
    if (value !== undefined) return check(value, nameOf(options, option), complain);
    if (!faulty.has(option)) complain(MISSING[option]);
    return undefined;
  };
  const optional = <T>(option: keyof GhlAuthOptions, check: Check<T>, fallback: T, member?: string): T => {
    const value = valueOf(option, member);
    return value === undefined ? fallback : check(value, nameOf(options, option, member), complain);
  };

  const mode = optional<Mode>('mode', checkMode, 'active');
  const clients = required('clients', checkClients);
  const redirectUri = required('redirectUri', checkRedirectUri);
  const scopes = required('scopes', checkScopes);
  const apiBaseUrl = optional('apiBaseUrl', checkUrl, 'https://services.leadconnectorhq.com');
  const marketplaceUrl = optional('marketplaceUrl', checkUrl, 'https://marketplace.gohighlevel.com');
  const apiVersion = optional('apiVersion', checkVersion, '2021-07-28');
  const allowedHosts = optional('allowedHosts', checkHosts, []);
  const rungs = {
    mint: optional('mint', checkSwitch, true, 'enabled'),
    reconnect: optional('reconnect', checkSwitch, true, 'enabled'),
  };
  const isJobEnabled = optional<boolean | undefined>('job', checkSwitch, undefined, 'enabled');
  const hasKey = hasKeyProvider || faulty.has('sealing') || valueOf('sealing', 'keys') !== undefined;
  const sealing = sealingSettings(
    {
      keys: optional('sealing', checkSealingKeys, [], 'keys'),
      enabled: optional('sealing', checkSwitch, true, 'enabled'),
      required: optional('sealing', checkSwitch, false, 'required'),
      acceptUnsealed: optional('sealing', checkSwitch, true, 'acceptUnsealed'),
      hasKey,
      nameOf: (member) => nameOf(options, 'sealing', member),
    },
    complain,
  );
  const numbers = checkNumbers(options, environment, complain);
  const first = clients?.[0];
  if (problems.length > 0 || clients === undefined || scopes === undefined || first === undefined) {
    throw configInvalid(problems);
  }
  const { host, protocol } = new URL(apiBaseUrl);
  return {
    appId: first.clientId.split('-')[0] as string,
    clients,
    mode,
    redirectUri,
    scopes,
    apiBaseUrl,
    marketplaceUrl,
    apiVersion,
    allowedHosts: new Set([host, ...allowedHosts]),
    isPlainHttp: protocol === 'http:',
    rungs,
    isJobEnabled,
    sealing,
    ...numbers,
  };
}
