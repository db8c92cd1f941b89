import type { GhlAuthErrorCode } from '../errors/error-codes.js';
import type { Credential } from '../installation/credential.js';
import type { Installation, Rung } from '../installation/installation.js';
import type { Policy } from './policy.js';

/** Why a rung brought nothing. */
export interface RungFailure {
  readonly code: GhlAuthErrorCode;
  readonly message: string;
  readonly status?: number | undefined;
  readonly traceId?: string | undefined;
}

/** What climbing one rung came to. */
export type RungAnswer =
  | {
      readonly kind: 'recovered';
      readonly credential: Credential;
      readonly traceId?: string | undefined;
      /** The company that HighLevel named in its answer. */
      readonly companyId?: string | null;
      /** Of the authorization code behind it, where there was one. */
      readonly codeExpiresAt?: Date | null;
    }
  /**
   * This way is not open; try the next one. `definite`: HighLevel has said so, or it cannot be; otherwise it may open
   * again, and the installation is not given up. `lacking`: what would have to come back.
   */
  | {
      readonly kind: 'next';
      readonly definite: boolean;
      readonly failure: RungFailure | null;
      readonly lacking?: 'company' | 'reconnect';
      readonly retryAt?: number | undefined;
    }
  /** This way is right, but not now. */
  | { readonly kind: 'later'; readonly failure: RungFailure; readonly retryAfterMs?: number | null }
  /** HighLevel says that the place is not active. */
  | { readonly kind: 'suspended'; readonly failure: RungFailure };

/** A rung that was climbed, and what it came to. */
export interface RungReport {
  readonly rung: Rung;
  readonly answer: RungAnswer;
}

const ORDER: readonly Rung[] = ['refresh', 'mint', 'reconnect'];

/** Whether the installation has a refresh token that may be presented. */
export const isRefreshable = ({ credential }: Installation): boolean =>
  credential !== null && credential.refreshToken !== null && !credential.refreshTokenRefused;

const isPossible = (rung: Rung, installation: Installation, policy: Policy): boolean => {
  if (rung === 'refresh') return isRefreshable(installation);
  if (rung === 'reconnect') return policy.rungs.reconnect;
  return policy.rungs.mint && installation.locationId !== null && installation.companyId !== null;
};

/** The rung to climb after those that were, or `null` at the end of the ladder. */
export function nextRung(installation: Installation, reports: readonly RungReport[], policy: Policy): Rung | null {
  const last = reports.at(-1);
  if (last !== undefined && last.answer.kind !== 'next') return null;
  const above = ORDER.slice(last === undefined ? 0 : ORDER.indexOf(last.rung) + 1);
  return above.find((rung) => isPossible(rung, installation, policy)) ?? null;
}
