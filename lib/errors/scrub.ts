const LONG_RUN = /[A-Za-z0-9+/=_.~%-]{24,}/g;
const TRAILING_RUN = /[A-Za-z0-9+/=_.~%-]+$/;
const MAX_READ = 8_192;
const MAX_SHOWN = 300;

/**
 * Text from outside, made safe to show: whatever is long enough to be a token, a code or a secret is taken out, and the
 * rest is kept short.
 */
export function scrubText(text: string): string {
  const read = text.length > MAX_READ ? text.slice(0, MAX_READ).replace(TRAILING_RUN, '') : text;
  // eslint-disable-next-line no-control-regex
  const clean = read.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(LONG_RUN, '[removed]');
  return clean.length > MAX_SHOWN ? `${clean.slice(0, MAX_SHOWN)}…` : clean;
}

/**
 * A foreign error (a database driver's, say) as a new one with nothing but its name, code and scrubbed message: drivers put
 * query parameters, and so tokens, into messages and properties.
 */
export function scrubError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(scrubText(typeof error === 'string' ? error : `thrown: ${typeof error}`));
  const { code } = error as { code?: unknown };
  const clean: Error & { code?: string } = new Error(scrubText(error.message));
  clean.name = scrubText(error.name);
  clean.stack = `${clean.name}: ${clean.message}`;
  if (typeof code === 'string' || typeof code === 'number') clean.code = scrubText(String(code));
  return clean;
}
