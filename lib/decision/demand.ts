import type { Credential } from '../installation/credential.js';

/** What a caller wants of an installation. */
export type Demand =
  /** A token that can be used now and for `minValidityMs` more. */
  | { readonly need: 'usable'; readonly minValidityMs: number }
  /** A renewal ahead of time; nobody waits for it. `of`: of this very credential, however long it is valid, because its time has come for the sweep. */
  | { readonly need: 'renewal'; readonly of?: string }
  /** Another credential than the one that HighLevel answered with 401. */
  | {
      readonly need: 'replacement';
      /** The id of the rejected credential, or its access token. */ readonly rejected: string;
      readonly verdict: 'expired' | 'unclear';
    }
  /** A rotation on purpose, whatever the state of the present token. `now`: also where the next attempt is not due yet. */
  | { readonly need: 'rotation'; readonly now?: true };

/** Whether this is the credential that was rejected, named by its id or by its access token. */
export const isRejected = ({ id, accessToken }: Pick<Credential, 'id' | 'accessToken'>, rejected: string): boolean =>
  id === rejected || accessToken === rejected;

/** Whether nobody waits for it or uses it: the sweep renews because its time has come. */
export const isForSweep = (demand: Demand): boolean => demand.need === 'renewal' && demand.of !== undefined;

export const USABLE: Demand = { need: 'usable', minValidityMs: 0 };
