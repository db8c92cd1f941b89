import { ANSWERS, type AnswerName, type AnswerTemplate, STATUS_TEXTS } from './answers.js';
import type { LedgerDraft } from './ledger/ledger-entry.js';
import { json, type ParsedRequest, type Reply } from './wire.js';
import type { IssuedToken } from './world/credentials.js';
import type { World } from './world/world.js';

/** One request on its way through the simulator. */
export interface Call {
  readonly request: ParsedRequest;
  readonly world: World;
  /** What the ledger will say. */
  readonly draft: LedgerDraft;
  /** Fields of the body; `undefined` where the content type is not understood, `'malformed'` where it is no JSON. */
  readonly fields: Readonly<Record<string, unknown>> | undefined | 'malformed';
  /** The token of `Authorization: Bearer …`, whatever its state. */
  readonly bearer: IssuedToken | undefined;
  /** Further headers of the answer, such as those of the rate limit. */
  readonly answerHeaders: Record<string, string>;
  /** The variable parts of the path. */
  readonly params: readonly string[];
}

/** An error of the catalogue, in the family and with the texts that the settings ask for. */
export function refuse(call: Call, name: AnswerName, detail: string | readonly string[] = ''): Reply {
  const { answers, errorFamily, traceIds } = call.world.settings;
  const override = answers[name];
  const template: AnswerTemplate = override ? { ...ANSWERS[name], ...override } : ANSWERS[name];
  const headers = override?.headers ?? {};
  if (override && 'body' in override) return { ...raw(template.status, override.body, headers), refusal: name };
  if (template.text !== undefined) return { ...raw(template.status, template.text, headers), refusal: name };

  const text = typeof detail === 'string' ? detail : detail.join(', ');
  const ownText = override?.message !== undefined && override.oauth === undefined;
  const family = ownText ? 'nest' : errorFamily === 'asSeen' ? (template.seenAs ?? 'nest') : errorFamily;
  if (family === 'oauth' && template.oauth) {
    const { error, error_description } = template.oauth;
    const body = { error, error_description: error_description.replace('%s', text) };
    return { ...json(template.status, body, headers), refusal: name };
  }
  const body = {
    statusCode: template.status,
    message: typeof detail === 'string' || template.message !== '%s' ? template.message.replace('%s', text) : detail,
    error: STATUS_TEXTS[template.status],
    ...(traceIds && { traceId: call.world.random.uuid() }),
  };
  return { ...json(template.status, body, headers), refusal: name };
}

/** The error for a token that is of another place than the one that was asked for. */
export function refuseForeign(call: Call, name: 'noLocationAccess' | 'locationNotAccessible'): Reply {
  call.draft.crossed = true;
  return refuse(call, name);
}

/** Text as it is, anything else as JSON. */
export function raw(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  if (typeof body !== 'string') return json(status, body, headers);
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}
