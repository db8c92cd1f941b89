import { canMint, isOneWayBack } from '../decision/one-way-back.js';
import { isGhlAuthError } from '../errors/ghl-auth-error.js';
import { placeOf } from '../installation/installation-ref.js';
import type { Installation } from '../installation/installation.js';
import { BoundedMap } from './bounded-map.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { WaysBackFinder } from './ways-back.js';

const MAX_COMPANIES = 100_000;

/** What telling needs. */
export interface OneWayBackParts {
  readonly settings: { readonly appId: string; readonly rungs: { readonly mint: boolean } };
  readonly registry: InstallationRegistry;
  readonly ways: WaysBackFinder;
}

/** Tells of one installation after the other whether it dies at its next loss. Reads a company once, however many locations it has. */
export function oneWayBackFinder(parts: OneWayBackParts): (installation: Installation) => Promise<boolean> {
  const minting = new BoundedMap<boolean>(MAX_COMPANIES);
  return async (installation) => {
    const { ways, settings } = parts;
    const { locationId, companyId, clientId } = installation;
    if (!isOneWayBack(installation, { mint: false, reconnect: await ways.isReconnectOpen(clientId) })) return false;
    if (locationId === null || companyId === null || !settings.rungs.mint) return true;
    const mint = minting.get(companyId) ?? (await canCompanyMint(companyId, parts));
    minting.set(companyId, mint);
    return isOneWayBack(installation, { mint, reconnect: false });
  };
}

async function canCompanyMint(companyId: string, { settings, registry }: OneWayBackParts): Promise<boolean> {
  try {
    const company = await registry.find(placeOf(settings.appId, { companyId }).key);
    return company !== null && canMint(company.installation);
  } catch (error) {
    // What is wrong with the record of one company hides no other installation.
    if (isGhlAuthError(error, 'GHL_RECORD_UNREADABLE')) return false;
    throw error;
  }
}
