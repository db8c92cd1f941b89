import { granting, type Answer, type Failure } from '../../decision/answer.js';
import { failureOf } from '../../decision/failure.js';
import type { RungAnswer } from '../../decision/ladder.js';
import type { Policy } from '../../decision/policy.js';
import { USABLE, type Demand } from '../../decision/demand.js';
import { isGhlAuthError } from '../../errors/ghl-auth-error.js';
import type { OAuthClient } from '../../highlevel/oauth-client.js';
import { credentialFrom, type Credential } from '../../installation/credential.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Stored } from '../../storage/installation-store.js';
import type { Clock } from '../../time/clock.js';
import { later, unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Minting from the company';
/** Errors of the company that a later attempt may not meet. */
const PASSING: ReadonlySet<string> = new Set([
  'GHL_RECOVERY_PENDING',
  'GHL_SUSPENDED',
  'GHL_CLIENT_REJECTED',
  'GHL_UPSTREAM_UNAVAILABLE',
  'GHL_RATE_LIMITED',
  'GHL_UNEXPECTED_RESPONSE',
]);

/** Gets the company's credential, which may first climb the ladder itself. */
export type CompanyCredential = (companyId: string, demand: Demand) => Promise<Credential>;

/** Mints a location's token from its company's credential. A location may wait for its company, never the reverse. */
export class MintRung implements RungClimber {
  constructor(
    private readonly oauth: OAuthClient,
    private readonly company: CompanyCredential,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  async climb(place: Place, held: Stored): Promise<Climbed> {
    const companyId = held.installation.companyId as string;
    try {
      const first = await this.mintWith(await this.company(companyId, USABLE), place, held, companyId);
      if (first.answer.kind !== 'token_refused') return this.conclude(held, first);
      const renewed = await this.company(companyId, { need: 'replacement', rejected: first.by.id, verdict: 'expired' });
      return this.conclude(held, renewed.id === first.by.id ? first : await this.mintWith(renewed, place, held, companyId));
    } catch (error) {
      return { held, answer: companyTrouble(error) };
    }
  }

  private async mintWith(by: Credential, place: Place, held: Stored, companyId: string): Promise<{ by: Credential; answer: Answer; sentAt: number }> {
    const sentAt = this.clock.now();
    return { by, sentAt, answer: granting(place, await this.oauth.mint(by.accessToken, companyId, place.id)) };
  }

  private conclude(held: Stored, { by, answer, sentAt }: { by: Credential; answer: Answer; sentAt: number }): Climbed {
    switch (answer.kind) {
      case 'granted': {
        const previous = held.installation.credential;
        const credential = credentialFrom(answer.grant, { origin: 'mint', clientId: by.clientId, sentAt, previous, userType: 'Location' });
        return { held, answer: { kind: 'recovered', credential, traceId: answer.traceId } };
      }
      case 'place_inactive':
        return { held, answer: { kind: 'suspended', failure: failureOf(WHAT, answer) } };
      case 'refused':
      case 'scope_missing':
      case 'token_type_mismatch':
        return { held, answer: { kind: 'next', definite: true, failure: failureOf(WHAT, answer) } };
      case 'rate_limited':
      case 'not_sent':
      case 'no_answer':
      case 'server_error':
      case 'unexpected':
        return { held, answer: later(WHAT, answer) };
      default:
        return unclear(WHAT, 'mint', held, answer as Failure, this.policy, this.clock.now());
    }
  }
}

/** What the company's own error means for the location; a failing store is nobody's answer and passes through. */
const companyTrouble = (error: unknown): RungAnswer => {
  if (!isGhlAuthError(error) || error.code === 'GHL_STORE_FAILED' || error.code === 'GHL_SHUTTING_DOWN') throw error;
  const { code, traceId, status } = error;
  const failure = { code, message: `${WHAT}: ${error.message}`, traceId, status };
  if (PASSING.has(code)) return { kind: 'next', definite: false, failure, retryAt: error.retryAt?.getTime() };
  return { kind: 'next', definite: true, failure, lacking: 'company' };
};
