import type { InternalAxiosRequestConfig } from 'axios';
import { isAtHome, type TokenHosts } from './host-check.js';

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;
type Headers = Record<string, unknown>;

/** What Node's request is made from when a redirect is followed. */
interface RedirectOptions {
  headers?: Headers;
  readonly href?: unknown;
  readonly protocol?: unknown;
  readonly hostname?: unknown;
  readonly port?: string | number;
  readonly path?: unknown;
}

const nameIn = (headers: Headers | undefined): string | undefined =>
  Object.keys(headers ?? {}).find((name) => name.toLowerCase() === 'authorization');

/** Takes the header out, and answers its value. */
const take = (headers: Headers): unknown => {
  const name = nameIn(headers);
  if (name === undefined) return undefined;
  const value = headers[name];
  delete headers[name];
  return value;
};

/** Where the request really goes: behind a proxy the path is a whole URL. */
const targetOf = ({ protocol, hostname, port, path }: RedirectOptions): string => {
  if (typeof path === 'string' && /^https?:/i.test(path)) return path;
  const host = String(hostname);
  return `${String(protocol)}//${host.includes(':') ? `[${host}]` : host}${port ? `:${port}` : ''}`;
};

/**
 * Keeps the token on a request that is redirected to one of HighLevel's hosts, and lets it go on to any other without. Once off, it
 * stays off: a foreign host does not get to say which of HighLevel's resources is called with the token.
 * @param own what the caller wants to be called with; it sees the request without the token
 */
export function guardRedirects(hosts: TokenHosts, own?: BeforeRedirect): BeforeRedirect {
  return (options: RedirectOptions, answer, request) => {
    const headers = (options.headers ??= {});
    const present = take(headers);
    // Older releases of axios do not pass what the request was; they leave the header on where the host is the same.
    const before: Headers | undefined = request && { ...request.headers };
    const token = before === undefined ? present : take(before);
    own?.(options, answer, request && { ...request, headers: before as typeof request.headers });
    const isHome = isAtHome(String(options.href), hosts) && isAtHome(targetOf(options), hosts);
    if (token !== undefined && isHome && nameIn(headers) === undefined) headers['Authorization'] = token;
  };
}

/**
 * Whether the answer is one to the token. A redirect that led away went on without it, so that a 401 says nothing about it.
 * @param request Node's request that was answered; other adapters do not tell
 */
export function didCarryToken(request: unknown): boolean {
  const { getHeader } = (request ?? {}) as { getHeader?: (name: string) => unknown };
  return typeof getHeader !== 'function' || getHeader.call(request, 'authorization') !== undefined;
}
