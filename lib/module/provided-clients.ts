import { askClientsProvider } from '../config/clients-provider.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import type { Settings } from '../config/settings.js';
import type { AskForPairs } from '../highlevel/client-pairs.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { Log } from '../logging/log.js';
import type { HostPorts } from './ghl-auth-host.module.js';

const BOTH = 'option clients and clientsProvider are both given: pass one of them';

/** The options with the key pairs of the host's provider, if there is one, and what is wrong with them. */
export async function withProvidedClients(
  options: GhlAuthOptions,
  { clientsProvider, clock }: Pick<HostPorts, 'clientsProvider' | 'clock'>,
): Promise<{ readonly options: GhlAuthOptions; readonly problems: readonly string[] }> {
  if (typeof clientsProvider?.getClients !== 'function') return { options, problems: [] };
  if (options?.clients !== undefined) return { options, problems: [BOTH] };
  const provided = await askClientsProvider(clientsProvider, clock);
  if ('clients' in provided) return { options: { ...options, clients: provided.clients }, problems: [] };
  return { options, problems: provided.problems };
}

/** Asks the provider while the application runs; what cannot be used is logged. `undefined` without a provider. */
export function askAgain(
  { clientsProvider, clock }: Pick<HostPorts, 'clientsProvider' | 'clock'>,
  { appId }: Pick<Settings, 'appId'>,
  log: Log,
): AskForPairs | undefined {
  if (!clientsProvider) return undefined;
  return async () => {
    const provided = await askClientsProvider(clientsProvider, clock);
    const problems = 'problems' in provided ? provided.problems : otherApp(provided.clients, appId);
    if ('clients' in provided && problems.length === 0) return provided.clients;
    log.warn('The key pairs stay as they are: the clients provider cannot be used', { problems });
    throw new Error('no usable answer');
  };
}

const otherApp = (clients: readonly ClientPair[], appId: string): readonly string[] =>
  clients.every(({ clientId }) => clientId.startsWith(`${appId}-`)) ? [] : ['it brings key pairs of another app'];
