const LONG_RUN = /[A-Za-z0-9+/=_.~%-]{24,}/g;
/** What bears the name of a secret is one, however short the rest of it is. */
const NAMED =
  /((?:access_?token|refresh_?token|authorization_?code|client_?secret|client_?key)["']?\s*[:=]\s*["']?)[^"'\s&,]+/gi;
const TRAILING_RUN = /[A-Za-z0-9+/=_.~%-]+$/;
/** Control characters and line separators, with which a foreign text could forge lines of a log. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]+/gu;
const MAX_READ = 8_192;
const MAX_SHOWN = 300;

/**
 * Text from outside, made safe to show: whatever is long enough to be a token, a code or a secret is taken out, and the
 * rest is kept short and on one line.
 */
export function scrubText(text: string): string {
  const read = text.length > MAX_READ ? text.slice(0, MAX_READ).replace(TRAILING_RUN, '') : text;
  const clean = read.replace(UNPRINTABLE, ' ').replace(LONG_RUN, '[removed]').replace(NAMED, '$1[removed]');
  return clean.length > MAX_SHOWN ? `${clean.slice(0, MAX_SHOWN)}…` : clean;
}

/** What can be said about anything that was thrown, also about errors of another realm, which are no `Error` here. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return scrubText(error);
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? scrubText(message) : `thrown: ${error === null ? 'null' : typeof error}`;
}

/**
 * A foreign error (a database driver's, say) as a new one with nothing but its name, code and scrubbed message: drivers put
 * query parameters, and so tokens, into messages and properties.
 */
export function scrubError(error: unknown): Error {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const clean: Error & { code?: string } = new Error(messageOf(error));
  if (typeof name === 'string') clean.name = scrubText(name);
  clean.stack = `${clean.name}: ${clean.message}`;
  if (typeof code === 'string' || typeof code === 'number') clean.code = scrubText(String(code));
  return clean;
}
