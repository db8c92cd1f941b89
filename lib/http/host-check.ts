import axios, { type InternalAxiosRequestConfig } from 'axios';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { InstallationRef } from '../installation/installation-ref.js';

/** Where tokens may be sent. */
export interface TokenHosts {
  /** Where the API is: an absolute URL on an allowed host. */
  readonly apiBaseUrl: string;
  readonly allowedHosts: ReadonlySet<string>;
  /** Whether the API itself is reached without TLS, on this machine. */
  readonly isPlainHttp: boolean;
}

const SLASH = 47;

/** Whether a token may be sent to a URL. */
export function isAtHome(url: string, { allowedHosts, isPlainHttp }: TokenHosts): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  const isProtected = protocol === 'https:' || (isPlainHttp && protocol === 'http:');
  return isProtected && username === '' && password === '' && allowedHosts.has(host);
}

/**
 * Refuses to send a token anywhere but to HighLevel's hosts, on the final URL as the adapter will build it.
 * @throws {GhlAuthError} `GHL_FOREIGN_HOST`, naming the host and nothing else of the URL
 */
export function assertTokenHost(
  config: InternalAxiosRequestConfig,
  hosts: TokenHosts,
  installation: InstallationRef,
): void {
  const { baseURL, allowAbsoluteUrls = true, socketPath } = config;
  const url = String(config.url ?? '');
  // A path behind the API's own base URL, as nearly every request has it: no host can come out of that.
  const isPath = baseURL === hosts.apiBaseUrl && url.charCodeAt(0) === SLASH && url.charCodeAt(1) !== SLASH;
  if (isPath && !socketPath) return;
  const base = String(baseURL ?? '');
  const asItStands = axios.getUri({ baseURL: base, url, allowAbsoluteUrls: true });
  // Not every release of axios knows of `allowAbsoluteUrls`, so that both readings have to be at home.
  const asPath = allowAbsoluteUrls ? asItStands : axios.getUri({ baseURL: base, url, allowAbsoluteUrls });
  const target = isAtHome(asItStands, hosts) ? asPath : asItStands;
  if (!socketPath && isAtHome(target, hosts)) return;
  const where = socketPath ? 'a local socket' : URL.canParse(target) ? originOf(target) : 'an incomplete URL';
  throw new GhlAuthError('GHL_FOREIGN_HOST', `The request would carry the token to ${where}`, { installation });
}

const originOf = (target: string): string => {
  const { protocol, host } = new URL(target);
  return `${protocol}//${host}`;
};
