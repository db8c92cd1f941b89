import type { Mode } from '../decision/pause.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import { CLIENT_ID, MODES, VERSION } from './forms.js';

/** Takes a problem, worded so that it names the option or variable and the fix. */
export type Complain = (problem: string) => void;

/** Checks one value. `name` is what to call it; what comes back after a complaint is never used. */
export type Check<T> = (value: unknown, name: string, complain: Complain) => T;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i;
const BLANKLESS = /^\S+$/;

const isText = (value: unknown, form: RegExp): value is string => typeof value === 'string' && form.test(value);

const parseUrl = (value: unknown): URL | null => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  return url !== null && ['https:', 'http:'].includes(url.protocol) ? url : null;
};

/** What is no text has been complained of. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `[{ clientId, clientSecret }, …]`, all of one app. */
export const checkClients: Check<readonly ClientPair[]> = (value, name, complain) => {
  if (!Array.isArray(value) || value.length === 0) {
    complain(`${name} must be a list of key pairs: [{ clientId, clientSecret }]`);
    return [];
  }
  const pairs = value.map((pair: unknown, index): ClientPair => {
    const { clientId, clientSecret } = (pair ?? {}) as Record<string, unknown>;
    if (!isText(clientId, CLIENT_ID)) {
      complain(`${name}[${index}].clientId must be a client id of the marketplace portal, <app id>-<suffix>`);
    }
    if (!isText(clientSecret, BLANKLESS)) {
      complain(`${name}[${index}].clientSecret must be the secret of that client id, without blanks`);
    }
    return { clientId: textOf(clientId), clientSecret: textOf(clientSecret) };
  });
  const ids = pairs.map(({ clientId }) => clientId);
  if (new Set(ids.map((id) => id.split('-')[0])).size > 1) {
    complain(
      `${name} holds pairs of several apps (the part before the dash differs): register the module once for each app`,
    );
  }
  if (new Set(ids).size < ids.length)
    complain(`${name} holds the same clientId twice: keep the pair with the present secret`);
  return pairs;
};

/** An absolute URL of HighLevel's; without TLS only on this machine. */
export const checkUrl: Check<string> = (value, name, complain) => {
  const url = parseUrl(value);
  if (url === null) complain(`${name} must be an absolute URL such as https://services.leadconnectorhq.com`);
  else if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    complain(`${name} must begin with https://; http:// is accepted for this machine only`);
  } else if (url.username || url.password || url.search || url.hash) {
    complain(`${name} must have no user, query or fragment`);
  }
  return textOf(value).replace(/\/+$/, '');
};

/** An absolute URL without a fragment. */
export const checkRedirectUri: Check<string> = (value, name, complain) => {
  const url = parseUrl(value);
  if (url === null || url.hash) {
    complain(`${name} must be an absolute URL without a fragment, the one that is set in the marketplace portal`);
  }
  return textOf(value);
};

/** `['contacts.readonly', …]` */
export const checkScopes: Check<readonly string[]> = (value, name, complain) => {
  const isList = Array.isArray(value) && value.length > 0 && value.every((scope) => isText(scope, BLANKLESS));
  if (!isList) complain(`${name} must be a list of scopes, such as ['contacts.readonly', 'oauth.write']`);
  return value as readonly string[];
};

/** A value of the `Version` header. */
export const checkVersion: Check<string> = (value, name, complain) => {
  if (!isText(value, VERSION)) complain(`${name} must be a version such as 2021-07-28 or v3`);
  return textOf(value);
};

/** Hosts, with their ports where those are not the usual ones. As `URL.host` writes them. */
export const checkHosts: Check<readonly string[]> = (value, name, complain) => {
  if (Array.isArray(value) && value.every((host) => isText(host, HOST) && URL.canParse(`https://${host}`))) {
    return (value as string[]).map((host) => new URL(`https://${host}`).host);
  }
  complain(
    `${name} must be a list of hosts such as api.example.com or 127.0.0.1:8080, without scheme, path and wildcard`,
  );
  return [];
};

/** `active`, `observe` or `off`. */
export const checkMode: Check<Mode> = (value, name, complain) => {
  if (!MODES.includes(value)) complain(`${name} must be ${MODES.join(', ')}`);
  return value as Mode;
};

/** `true` or `false`, and no word that reads like one. */
export const checkSwitch: Check<boolean> = (value, name, complain) => {
  if (typeof value !== 'boolean') complain(`${name} must be true or false`);
  return value === true;
};
