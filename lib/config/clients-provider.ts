import { messageOf } from '../errors/scrub.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { Clock } from '../time/clock.js';
import { within } from '../time/within.js';
import { checkClients } from './checks.js';

/**
 * The host's own source of the app's key pairs, such as a secret manager. Provide it as `clientsProvider`, in place of option
 * `clients`: a secret that is rotated there needs no restart here.
 */
export interface ClientsProvider {
  /**
   * The key pairs of the app, the one for new installations first. Called when the application starts, and again, at most every 10 s, when
   * HighLevel refuses a secret or an installation's pair is missing. Has 10 s to answer.
   */
  getClients(): Promise<readonly ClientPair[]> | readonly ClientPair[];
}

/** What a provider answered, or what is wrong with it. */
export type ProvidedClients = { readonly clients: readonly ClientPair[] } | { readonly problems: readonly string[] };

const NAME = 'clientsProvider.getClients()';
const LIMIT_MS = 10_000;

/** Asks the provider, bounded in time. Never rejects, and quotes no secret. */
export async function askClientsProvider(provider: ClientsProvider, clock: Clock): Promise<ProvidedClients> {
  const problems: string[] = [];
  const ask = async (): Promise<readonly ClientPair[]> => provider.getClients();
  const onTimeout = (): Error => new Error(`no answer within ${LIMIT_MS} ms`);
  try {
    const clients = checkClients(await within(clock, LIMIT_MS, ask, onTimeout), NAME, (problem) =>
      problems.push(problem),
    );
    return problems.length > 0 ? { problems } : { clients };
  } catch (error) {
    return { problems: [`${NAME} failed: ${messageOf(error)}`] };
  }
}
