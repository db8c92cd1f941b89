import axios, { type InternalAxiosRequestConfig } from 'axios';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { InstallationRef } from '../installation/installation-ref.js';

/** Where tokens may be sent. */
export interface TokenHosts {
  readonly allowedHosts: ReadonlySet<string>;
  /** Whether the API itself is reached without TLS, on this machine. */
  readonly isPlainHttp: boolean;
}

type RedirectOptions = Record<string, unknown> & { headers?: Record<string, unknown> };
type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;

const isAtHome = (url: URL, { allowedHosts, isPlainHttp }: TokenHosts): boolean =>
  (url.protocol === 'https:' || (isPlainHttp && url.protocol === 'http:')) && url.username === '' && url.password === '' && allowedHosts.has(url.host);

/**
 * Refuses to send a token anywhere but to HighLevel's hosts, on the final URL as the adapter will build it.
 * @throws {GhlAuthError} `GHL_FOREIGN_HOST`, naming the host and nothing else of the URL
 */
export function assertTokenHost(config: InternalAxiosRequestConfig, hosts: TokenHosts, installation: InstallationRef): void {
  const { baseURL, url, allowAbsoluteUrls, socketPath } = config;
  const text = axios.getUri({ ...(baseURL === undefined ? {} : { baseURL }), ...(url === undefined ? {} : { url }), ...(allowAbsoluteUrls === undefined ? {} : { allowAbsoluteUrls }) });
  const target = URL.canParse(text) ? new URL(text) : null;
  if (target !== null && !socketPath && isAtHome(target, hosts)) return;
  const where = socketPath ? 'a local socket' : target === null ? 'an incomplete URL' : `${target.protocol}//${target.host}`;
  throw new GhlAuthError('GHL_FOREIGN_HOST', `The request would carry the token to ${where}`, { installation });
}

/** Takes the token off a request that is redirected to another host, and lets it go on without. */
export function guardRedirects(hosts: TokenHosts, own: BeforeRedirect | undefined): BeforeRedirect {
  return (...args) => {
    own?.(...args);
    const options = args[0] as RedirectOptions;
    const { href } = options;
    if (typeof href === 'string' && URL.canParse(href) && isAtHome(new URL(href), hosts)) return;
    for (const name of Object.keys(options.headers ?? {})) {
      if (name.toLowerCase() === 'authorization') delete options.headers?.[name];
    }
  };
}
