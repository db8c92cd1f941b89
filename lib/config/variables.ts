import { NUMBER_SETTINGS } from './durations.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';

/** An environment variable, and the option that it sets or helps to set. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly option: keyof GhlAuthOptions;
  /** Where the option is a group: which of its members. */
  readonly member?: string;
}

/** Every environment variable that the module reads. */
export const VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'GHL_CLIENT_ID', option: 'clients' },
  { name: 'GHL_CLIENT_SECRET', option: 'clients' },
  { name: 'GHL_CLIENT_SECRET_FILE', option: 'clients' },
  { name: 'GHL_REDIRECT_URI', option: 'redirectUri' },
  { name: 'GHL_SCOPES', option: 'scopes' },
  { name: 'GHL_API_BASE_URL', option: 'apiBaseUrl' },
  { name: 'GHL_MARKETPLACE_URL', option: 'marketplaceUrl' },
  { name: 'GHL_API_VERSION', option: 'apiVersion' },
  { name: 'GHL_AUTH_ALLOWED_HOSTS', option: 'allowedHosts' },
  { name: 'GHL_AUTH_MODE', option: 'mode' },
  { name: 'GHL_AUTH_RECONNECT_ENABLED', option: 'reconnect', member: 'enabled' },
  { name: 'GHL_AUTH_MINT_ENABLED', option: 'mint', member: 'enabled' },
  { name: 'GHL_AUTH_JOB_ENABLED', option: 'job', member: 'enabled' },
  { name: 'GHL_AUTH_SEALING_KEYS', option: 'sealing', member: 'keys' },
  { name: 'GHL_AUTH_SEALING_KEYS_FILE', option: 'sealing', member: 'keys' },
  { name: 'GHL_AUTH_SEALING_ENABLED', option: 'sealing', member: 'enabled' },
  { name: 'GHL_AUTH_SEALING_REQUIRED', option: 'sealing', member: 'required' },
  { name: 'GHL_AUTH_SEALING_ACCEPT_UNSEALED', option: 'sealing', member: 'acceptUnsealed' },
  ...NUMBER_SETTINGS.map(({ variable, group, name }) => ({ name: variable, option: group, member: name })),
];

/** What an options object says about an option, or about a member of one; `undefined` where it says nothing. */
export function valueIn(options: unknown, option: string, member?: string): unknown {
  const own = (object: unknown, name: string): unknown =>
    typeof object === 'object' && object !== null && !Array.isArray(object)
      ? ((object as Record<string, unknown>)[name] ?? undefined)
      : undefined;
  return member === undefined ? own(options, option) : own(own(options, option), member);
}

/** What to call an option in a message, by where its value came from. */
export function nameOf(options: unknown, option: keyof GhlAuthOptions, member?: string): string {
  if (valueIn(options, option, member) !== undefined) {
    return `option ${member === undefined ? option : `${option}.${member}`}`;
  }
  const variable = VARIABLES.find((one) => one.option === option && one.member === member);
  return `environment variable ${variable?.name ?? option}`;
}
