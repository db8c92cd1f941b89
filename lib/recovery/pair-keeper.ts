import { mayStore, mayStoreAuthorized } from '../decision/fence.js';
import type { Credential } from '../installation/credential.js';
import type { Installation } from '../installation/installation.js';
import type { Place } from '../installation/installation-ref.js';
import type { Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { Outbox } from './outbox.js';

/** A new pair on its way into the store. */
export interface NewPair {
  readonly place: Place;
  /** The record as it was when the pair was asked for. */
  readonly from: Stored;
  readonly credential: Credential;
  /** Puts the pair into the installation as it is stored by then. */
  readonly adopt: (installation: Installation) => Installation;
  /** Whether the customer's own authorization stands behind it, which also lifts a tombstone. */
  readonly byCustomer?: boolean;
}

/** What became of a new pair. `dropped` only for a newer one, or because the place was uninstalled. */
export interface KeptPair {
  readonly stored: Stored;
  readonly outcome: 'saved' | 'unsaved' | 'dropped';
}

/** Never throws a pair away: it is stored unless a newer one is, or the place was uninstalled. */
export class PairKeeper {
  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Stores a pair; where the store does not take it now, it is held and served from memory. */
  async keep({ place, from, credential, adopt, byCustomer = false }: NewPair): Promise<KeptPair> {
    const grantedAt = this.clock.now();
    const isFree = (found: Installation): boolean =>
      byCustomer
        ? mayStoreAuthorized(credential, from.installation, found, grantedAt)
        : mayStore(credential, from.installation, found);
    const change = (found: Installation | null): Installation | null => {
      if (found === null) return adopt(from.installation);
      // Stored by an attempt that seemed to fail.
      if (found.credential?.id === credential.id) return null;
      return isFree(found) ? adopt(found) : null;
    };
    const { state, stateSince } = from.installation;
    const pair = { byCustomer, tombstone: state === 'uninstalled' ? stateSince : null };
    const { stored, outcome } = await this.outbox.put({ place, from, change, what: 'A new pair', pair });
    if (outcome !== 'pointless') return { stored, outcome };
    return { stored, outcome: stored.installation.credential?.id === credential.id ? 'saved' : 'dropped' };
  }
}
