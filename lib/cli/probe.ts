import { ApiClient, type Probe as Asked } from '../highlevel/api-client.js';
import type { Credential } from '../installation/credential.js';
import type { Place } from '../installation/installation-ref.js';
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
export interface Probe extends Omit<Asked, 'verdict'> {
  readonly verdict: ProbeVerdict;
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
  const { apiBaseUrl, timeouts } = engine.settings;
  const api = new ApiClient(ports.transport, { apiBaseUrl, timeoutMs: timeouts.highLevelMs });
  const { verdict, ...said } = await api.probe(place, token);
  return { ...said, verdict: verdict === 'expired' || verdict === 'unclear' ? 'rejected' : verdict };
}

/** A probe in a few words. */
export const wordsOfProbe = ({ verdict, status, message, traceId }: Probe): string => {
  const said = [status === null ? '' : `HTTP ${status}`, message ?? ''].filter(Boolean).join(' ');
  const trace = traceId === null ? '' : `, trace id ${traceId}`;
  return said === '' ? verdict : `${verdict} (${said}${trace})`;
};
