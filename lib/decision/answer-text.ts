import { scrubText } from '../errors/scrub.js';

/** What can be read from any body of HighLevel's, whichever of its two families of errors it belongs to. */
export interface AnswerText {
  /** The body as an object, where it is one. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** `message`, `error` and `error_description` in one line of lower case, to compare with. */
  readonly said: string;
  /** The same, safe to show. */
  readonly shown: string;
  readonly traceId: string | undefined;
}

const TRACE_ID = /^[A-Za-z0-9-]{1,64}$/;

const parseObject = (body: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

const strings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.slice(0, 20).filter((item) => typeof item === 'string') : [];
};

/** Reads an answer's body. Never throws. */
export function readAnswer(body: string): AnswerText {
  const json = parseObject(body);
  const own = (name: string): unknown => (json !== null && Object.hasOwn(json, name) ? json[name] : undefined);
  const said = ['message', 'error', 'error_description'].flatMap((name) => strings(own(name)));
  const text = said.length > 0 ? said.join(' / ') : json === null ? body.slice(0, 1_000) : '';
  const traceId = own('traceId');
  return {
    json,
    said: text.toLowerCase(),
    shown: scrubText(text),
    traceId: typeof traceId === 'string' && TRACE_ID.test(traceId) ? traceId : undefined,
  };
}
