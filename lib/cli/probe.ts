import { readAnswer } from '../decision/answer-text.js';
import { classifyApiAnswer, isRepairable } from '../decision/classify-api.js';
import { messageOf } from '../errors/scrub.js';
import type { Credential } from '../installation/credential.js';
import type { Place } from '../installation/installation-ref.js';
import type { HighLevelRequest } from '../highlevel/transport.js';
import type { CommandContext } from './context.js';

/**
 * Whether a credential lives.
 *
 * - `lives`: HighLevel knew its access token
 * - `rejected`: it did not
 * - `expired`: the access token has run out, so that there was nothing to ask
 * - `none`: there is no credential
 * - `unknown`: HighLevel gave no answer that says anything about it
 */
export type ProbeVerdict = 'lives' | 'rejected' | 'expired' | 'none' | 'unknown';

/** What a probe request brought. */
export interface Probe {
  readonly verdict: ProbeVerdict;
  readonly status: number | null;
  readonly message: string | null;
  readonly traceId: string | null;
}

const unasked = (verdict: 'expired' | 'none'): Probe => ({ verdict, status: null, message: null, traceId: null });

/** Asks HighLevel for the place itself, with its stored access token. Renews nothing. */
export async function probe(context: CommandContext, place: Place, credential: Credential | null): Promise<Probe> {
  if (credential === null) return unasked('none');
  if (context.engine.clock.now() >= credential.expiresAt) return unasked('expired');
  return probeWith(context, place, credential.accessToken);
}

/** The same with any token. */
export async function probeWith({ engine, ports }: CommandContext, place: Place, token: string): Promise<Probe> {
  const { settings } = engine;
  const request: HighLevelRequest = {
    method: 'GET',
    url: settings.apiBaseUrl + pathOf(place),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'user-agent': 'nestjs-ghl-auth',
      version: settings.apiVersion,
    },
    timeoutMs: settings.timeouts.highLevelMs,
  };
  try {
    const { status, body } = await ports.transport.send(request);
    const { json, shown, traceId } = readAnswer(body);
    const isOk = status >= 200 && status < 300;
    return {
      verdict: verdictOf(status, body, json !== null),
      status,
      message: isOk ? null : shown,
      traceId: traceId ?? null,
    };
  } catch (error) {
    return { verdict: 'unknown', status: null, message: messageOf(error), traceId: null };
  }
}

/** Where HighLevel shows a place. */
export const pathOf = ({ kind, id }: Pick<Place, 'kind' | 'id'>): string =>
  kind === 'location' ? `/locations/${id}` : `/companies/${id}`;

/** A refusal of the scope, or of the place, is one of a token that HighLevel knows. Only JSON is its own word. */
function verdictOf(status: number, body: string, isJson: boolean): ProbeVerdict {
  if (status === 401) {
    const verdict = classifyApiAnswer(status, body);
    if (verdict === 'version_header') return 'unknown';
    return isRepairable(verdict) ? 'rejected' : 'lives';
  }
  if (status === 408 || status === 429 || status >= 500 || status < 200) return 'unknown';
  if (status >= 300) return isJson && status >= 400 ? 'lives' : 'unknown';
  return 'lives';
}

/** A probe in a few words. */
export const wordsOfProbe = ({ verdict, status, message, traceId }: Probe): string => {
  const said = [status === null ? '' : `HTTP ${status}`, message ?? ''].filter(Boolean).join(' ');
  const trace = traceId === null ? '' : `, trace id ${traceId}`;
  return said === '' ? verdict : `${verdict} (${said}${trace})`;
};
