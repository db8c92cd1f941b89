import type { AnswerName } from './answers.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';

/** A request as the engine takes it: what a real server would have read from the socket. */
export interface SimulatedRequest {
  readonly method: string;
  /** Absolute, or path and query. */
  readonly url: string;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came over the wire. */
  readonly body?: string | Uint8Array;
}

/** What keeps an answer from arriving. */
export type LostAnswer = 'refused' | 'reset' | 'lost' | 'hang';

/** The engine's answer; the shell around it (transport or server) carries out `delayMs` and `lost`. */
export interface SimulatedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The answer arrives so much later (ms). What it stands for has happened already. */
  readonly delayMs?: number;
  /**
   * The answer never arrives: `refused` (the connection did not open, nothing was handled), `reset` (broke off before the
   * request was handled), `lost` (broke off after it was handled), `hang` (nothing ever comes).
   */
  readonly lost?: LostAnswer;
  /** What the ledger says about this request. */
  readonly entry: LedgerEntry;
}

/** An answer before the shell's concerns are added. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set where this is an error of the catalogue. */
  readonly refusal?: AnswerName;
}

/** A request taken apart. */
export interface ParsedRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Takes a request apart. */
export function parseRequest(request: SimulatedRequest): ParsedRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(request.url);
  const local = absolute ? request.url.slice(absolute[0].length) : request.url;
  const mark = local.indexOf('?');
  return {
    method: request.method.toUpperCase(),
    host: absolute?.[1] ?? headers['host'],
    path: (mark < 0 ? local : local.slice(0, mark)) || '/',
    query: new URLSearchParams(mark < 0 ? '' : local.slice(mark + 1).replace(/#.*$/, '')),
    headers,
    body: request.body,
  };
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}
