import { granting, type Answer, type Failure } from '../../decision/answer.js';
import { USABLE, type Demand } from '../../decision/demand.js';
import type { RungAnswer } from '../../decision/ladder.js';
import type { Policy } from '../../decision/policy.js';
import { isGhlAuthError } from '../../errors/ghl-auth-error.js';
import type { OAuthClient } from '../../highlevel/oauth-client.js';
import { credentialFrom, type Credential } from '../../installation/credential.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Stored } from '../../storage/installation-store.js';
import type { Clock } from '../../time/clock.js';
import type { Leases } from '../leases.js';
import { isPassing, later, refused, suspended, unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Minting from the company';
/** The company has no way back of its own. Whatever else keeps its credential back says nothing of the kind. */
const HOPELESS: ReadonlySet<string> = new Set([
  'GHL_INSTALLATION_UNKNOWN',
  'GHL_UNINSTALLED',
  'GHL_NEEDS_REAUTHORIZATION',
]);
/** What is nobody's answer, and passes through. */
const OURS: ReadonlySet<string> = new Set(['GHL_STORE_FAILED', 'GHL_SHUTTING_DOWN', 'GHL_PAUSED']);

/** Gets the company's credential, which may first climb the ladder itself. */
export type CompanyCredential = (companyId: string, demand: Demand) => Promise<Credential>;

interface Minted {
  readonly held: Stored;
  readonly by: Credential;
  readonly answer: Answer;
  readonly sentAt: number;
}

/** Mints a location's token from its company's credential. A location may wait for its company, never the reverse. */
export class MintRung implements RungClimber {
  constructor(
    private readonly oauth: OAuthClient,
    private readonly company: CompanyCredential,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  async climb(place: Place, held: Stored): Promise<Climbed | null> {
    const companyId = held.installation.companyId as string;
    const by = await this.credentialOf(companyId, USABLE);
    if ('kind' in by) return { held, answer: by };
    const first = await this.mintWith(by, place, held, companyId);
    if (first?.answer.kind !== 'token_refused') return first && this.conclude(first);
    const { verdict } = first.answer;
    const renewed = await this.credentialOf(companyId, { need: 'replacement', rejected: by.id, verdict });
    if ('kind' in renewed) return { held: first.held, answer: renewed };
    const second = renewed.id === by.id ? first : await this.mintWith(renewed, place, first.held, companyId);
    return second && this.conclude(second);
  }

  private async credentialOf(companyId: string, demand: Demand): Promise<Credential | RungAnswer> {
    try {
      return await this.company(companyId, demand);
    } catch (error) {
      return companyTrouble(error);
    }
  }

  /** The company may have kept us waiting for longer than the lease: it is renewed before the call. */
  private async mintWith(by: Credential, place: Place, from: Stored, companyId: string): Promise<Minted | null> {
    const held = await this.leases.renew(from);
    if (held === null) return null;
    const sentAt = this.clock.now();
    const answer = granting(place, await this.oauth.mint(by.accessToken, companyId, place.id));
    return { held, by, sentAt, answer };
  }

  private conclude({ held, by, answer, sentAt }: Minted): Climbed {
    switch (answer.kind) {
      case 'granted': {
        const previous = held.installation.credential;
        const facts = { origin: 'mint', clientId: by.clientId, sentAt, previous, userType: 'Location' } as const;
        const credential = credentialFrom(answer.grant, facts);
        // HighLevel has accepted this company for the location.
        const { companyId } = held.installation;
        return { held, answer: { kind: 'recovered', credential, traceId: answer.traceId, companyId } };
      }
      case 'place_inactive':
        return { held, answer: suspended(WHAT, answer) };
      case 'refused':
      case 'scope_missing':
      case 'token_type_mismatch':
        return { held, answer: refused(WHAT, answer) };
      default: {
        const failure = answer as Failure;
        if (isPassing(failure)) return { held, answer: later(WHAT, failure) };
        return unclear(WHAT, 'mint', held, failure, this.policy, this.clock.now());
      }
    }
  }
}

/** What the company's own error means for the location. */
const companyTrouble = (error: unknown): RungAnswer => {
  if (!isGhlAuthError(error) || OURS.has(error.code)) throw error;
  const { code, traceId, status } = error;
  const failure = { code, message: `${WHAT}: ${error.message}`, traceId, status };
  if (HOPELESS.has(code)) return { kind: 'next', definite: true, failure, lacking: 'company' };
  return { kind: 'next', definite: false, failure, retryAt: error.retryAt?.getTime() };
};
