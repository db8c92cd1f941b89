import { scrubText } from '../errors/scrub.js';

/** What can be read from any body of HighLevel's, whichever of its two families of errors it belongs to. */
export interface AnswerText {
  /** The body as an object, where it is one. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** `message`, `error` and `error_description` in one line of lower case, to compare with; of what is no object, its beginning. */
  readonly said: string;
  /** The same in its own case, safe to show. */
  readonly shown: string;
  readonly traceId: string | undefined;
}

const TRACE_ID = /^[\w.:-]{1,64}$/;
const SPEAKING = ['message', 'error', 'errordescription'];
const MAX_FIELDS = 200;
const MAX_READ = 2_000;

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const strings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.slice(0, 20).filter((item) => typeof item === 'string') : [];
};

/** Fields by their names in lower case and without underscores: HighLevel's documents disagree about snake_case and camelCase. */
const fieldsOf = (json: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(json)
      .slice(0, MAX_FIELDS)
      .map(([name, value]) => [name.toLowerCase().replaceAll('_', ''), value]),
  );

/** What was meant to be JSON and is broken may be a success with tokens in it, cut anywhere: also a piece of one is taken out. */
const isBroken = (body: string): boolean => /^\s*[[{]/.test(body);
const PIECE = /[A-Za-z0-9+/=_.~%-]{16,}/g;

/** A page for people: its words are the server's in between, not HighLevel's. */
const isPage = (body: string): boolean => /^\s*</.test(body);

/** Reads an answer's body. Never throws. */
export function readAnswer(body: string): AnswerText {
  const parsed = parse(body);
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const json = isObject ? (parsed as Readonly<Record<string, unknown>>) : null;
  const fields = json === null ? null : fieldsOf(json);
  const words = fields === null ? [isPage(body) ? '' : body] : SPEAKING.flatMap((name) => strings(fields.get(name)));
  const text = fields === null && isBroken(body) ? body.replace(PIECE, '[removed]') : words.join(' / ');
  const traceId = fields?.get('traceid');
  return {
    json,
    said: text.slice(0, MAX_READ).toLowerCase(),
    shown: json === null && isPage(body) ? 'an HTML page' : scrubText(text),
    traceId: typeof traceId === 'string' && TRACE_ID.test(traceId) ? traceId : undefined,
  };
}
