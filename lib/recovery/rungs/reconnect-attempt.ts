import { granting, type Answer, type Failure } from '../../decision/answer.js';
import type { RungAnswer } from '../../decision/ladder.js';
import type { Policy } from '../../decision/policy.js';
import type { ClientPair } from '../../highlevel/client-pair.js';
import type { ClientPairs } from '../../highlevel/client-pairs.js';
import type { OAuthClient } from '../../highlevel/oauth-client.js';
import { credentialFrom } from '../../installation/credential.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Stored } from '../../storage/installation-store.js';
import type { Clock } from '../../time/clock.js';
import type { AppRungs } from '../app-rungs.js';
import type { Leases } from '../leases.js';
import { isPassing, later, refused, renewedFor, suspended, unclear, type Climbed } from './rung.js';

const WHAT = 'Reconnecting';

/** Everything that asking the Reconnect API needs. */
export interface ReconnectParts {
  readonly oauth: OAuthClient;
  readonly apps: AppRungs;
  readonly clients: ClientPairs;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly redirectUri: string | undefined;
}

/** What one key pair brought; or HighLevel says that the installation was made with another one. */
export type Attempted = Climbed | { readonly held: Stored; readonly wrongPair: Failure };

type Code = Extract<Answer, { kind: 'code' }>;

interface Exchanged {
  readonly held: Stored;
  readonly code: Code;
  readonly sentAt: number;
  readonly answer: Answer;
}

/** Asks the Reconnect API for a code with one key pair, and exchanges it. */
export class ReconnectAttempt {
  constructor(private readonly parts: ReconnectParts) {}

  /**
   * Whether a code is too old is HighLevel's to judge: a refused one is asked for once more, the second time with the
   * redirect URI. @returns `null` where the lease is lost
   */
  async run(place: Place, from: Stored, pair: ClientPair): Promise<Attempted | null> {
    const { oauth, apps, clients, leases, redirectUri } = this.parts;
    let held = from;
    let exchanged: Exchanged | null = null;
    for (const uri of [undefined, redirectUri]) {
      const still = await leases.renew(held);
      if (still === null) return null;
      held = still;
      const asked = await oauth.reconnect(pair, place);
      const renewed = await renewedFor(clients, pair, asked);
      if (renewed !== null) return this.run(place, held, renewed);
      if (asked.kind !== 'code') return this.withoutCode(place, held, pair, asked as Failure);
      await apps.learn({ news: 'reconnect_answered', clientId: pair.clientId });
      await apps.learn({ news: 'client_answered', clientId: pair.clientId });
      exchanged = await this.exchange(place, held, pair, asked, uri);
      if (exchanged === null) return null;
      ({ held } = exchanged);
      if (!isWorthAnotherCode(exchanged.answer)) break;
    }
    return this.conclude(place, pair, exchanged as Exchanged);
  }

  private async exchange(
    place: Place,
    from: Stored,
    pair: ClientPair,
    code: Code,
    redirectUri: string | undefined,
  ): Promise<Exchanged | null> {
    const { oauth, leases, clock } = this.parts;
    const held = await leases.renew(from);
    if (held === null) return null;
    const sentAt = clock.now();
    const answer = await oauth.exchange(pair, code.code, { userType: userTypeOf(place), redirectUri });
    return { held, code, sentAt, answer: granting(place, answer) };
  }

  private conclude(place: Place, { clientId }: ClientPair, { held, code, sentAt, answer }: Exchanged): Climbed {
    const { apps, policy, clock } = this.parts;
    const what = `${WHAT}, exchanging the code`;
    if (answer.kind === 'granted') {
      void apps.learn({ news: 'client_accepted', clientId });
      const previous = held.installation.credential;
      const facts = { origin: 'reconnect', clientId, sentAt, previous, userType: userTypeOf(place) } as const;
      const credential = credentialFrom(answer.grant, facts);
      const traceId = code.traceId ?? answer.traceId;
      const { companyId } = answer.grant;
      return { held, answer: { kind: 'recovered', credential, traceId, companyId, codeExpiresAt: code.expiresAt } };
    }
    const failure = answer as Failure;
    if (failure.kind === 'place_inactive') return { held, answer: suspended(what, failure) };
    if (isPassing(failure)) return { held, answer: later(what, failure) };
    return unclear(what, 'reconnect', held, failure, policy, clock.now());
  }

  private async withoutCode(place: Place, held: Stored, { clientId }: ClientPair, answer: Failure): Promise<Attempted> {
    const { apps, clients, policy, clock } = this.parts;
    switch (answer.kind) {
      case 'endpoint_removed':
        await apps.learn({ news: 'reconnect_removed', clientId, traceId: answer.traceId });
        return { held, answer: { ...refused(WHAT, answer), lacking: 'reconnect' } as RungAnswer };
      case 'place_inactive':
        void apps.learn({ news: 'client_answered', clientId });
        return { held, answer: suspended(WHAT, answer) };
      case 'refused':
        void apps.learn({ news: 'client_answered', clientId });
        return { held, answer: refused(WHAT, answer) };
      case 'client_refused':
        // Of an installation of unknown or other origin it only says that it was made with another pair.
        if (held.installation.clientId === clientId)
          await apps.learn({
            news: 'client_refused',
            clientId,
            key: place.key,
            secret: clients.fingerprintOf(clientId),
          });
        return { held, wrongPair: answer };
      default:
        if (isPassing(answer)) return { held, answer: later(WHAT, answer) };
        return unclear(WHAT, 'reconnect', held, answer, policy, clock.now());
    }
  }
}

const userTypeOf = (place: Place): 'Company' | 'Location' => (place.kind === 'company' ? 'Company' : 'Location');

const isWorthAnotherCode = ({ kind }: Answer): boolean =>
  kind !== 'granted' && kind !== 'place_inactive' && kind !== 'rate_limited' && kind !== 'not_sent';
