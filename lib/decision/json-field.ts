type Json = Readonly<Record<string, unknown>>;

const MAX_SECRET_LENGTH = 65_536;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** A field of an answer under either of its names, or `undefined`: HighLevel's documents disagree about snake_case and camelCase. */
export const fieldOf = (json: Json, snake: string, camel: string): unknown => {
  const own = (name: string): unknown => (Object.hasOwn(json, name) ? (json[name] ?? undefined) : undefined);
  return own(snake) ?? own(camel);
};

/** Whether this can be a token or a code: text that survives a header and a form. */
export const isSecretText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_SECRET_LENGTH && VISIBLE_ASCII.test(value);
