import { granting, type Answer, type Failure } from '../../decision/answer.js';
import { failureOf } from '../../decision/failure.js';
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
import { later, unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Reconnecting';

interface WithPair {
  readonly answer: RungAnswer;
  /** HighLevel says that the installation was made with another key pair. */
  readonly isWrongPair?: boolean;
  readonly current: Stored;
}

type Code = Extract<Answer, { kind: 'code' }>;

/** How a climb of this rung differs from the usual. */
export interface ReconnectOptions {
  /** Only this key pair. */
  readonly pair?: ClientPair | undefined;
  /** Asked for by a person: tried even where the rung is closed. */
  readonly onPurpose?: boolean;
}

/** What was learnt besides the answer, for the one who asked on purpose. */
export interface ReconnectTrace {
  clientId: string | null;
  traceId: string | null;
  codeExpiresAt: Date | null;
}

/** Asks HighLevel's Reconnect API for an authorization code, and exchanges it. */
export class ReconnectRung implements RungClimber {
  constructor(
    private readonly oauth: OAuthClient,
    private readonly clients: ClientPairs,
    private readonly apps: AppRungs,
    private readonly clock: Clock,
    private readonly settings: { readonly policy: Policy; readonly redirectUri: string | undefined },
  ) {}

  async climb(place: Place, held: Stored, options: ReconnectOptions = {}, trace: ReconnectTrace = newTrace()): Promise<Climbed> {
    const pairs = options.pair ? [options.pair] : this.clients.inOrder(held.installation.clientId);
    let climbed: Climbed = { held, answer: removedEarlier(undefined) };
    for (const pair of pairs) {
      if (!options.onPurpose && !(await this.isTriable(pair))) {
        climbed = { held: climbed.held, answer: removedEarlier(this.apps.closedUntil('reconnect', pair.clientId) ?? undefined) };
        // An installation that is known to belong to this pair cannot be reconnected with another one.
        if (pair.clientId === held.installation.clientId) return climbed;
        continue;
      }
      trace.clientId = pair.clientId;
      const { answer, isWrongPair, current } = await this.withPair(place, climbed.held, pair, trace);
      climbed = { held: current, answer };
      if (!isWrongPair) return climbed;
    }
    return climbed;
  }

  private async isTriable({ clientId }: ClientPair): Promise<boolean> {
    return (await this.apps.mayTry('clients', clientId)) && (await this.apps.mayTry('reconnect', clientId));
  }

  private async withPair(
    place: Place,
    held: Stored,
    pair: ClientPair,
    trace: ReconnectTrace,
  ): Promise<WithPair> {
    let tried: { readonly sentAt: number; readonly answer: Answer } | null = null;
    let traceId: string | undefined;
    // Whether a code is too old is HighLevel's to judge: a refused one is asked for once more, the second time with the redirect URI.
    for (const redirectUri of [undefined, this.settings.redirectUri]) {
      const asked = await this.oauth.reconnect(pair, place);
      trace.traceId = asked.traceId ?? trace.traceId;
      if (asked.kind !== 'code') return this.withoutCode(place, held, pair, asked as Failure);
      await this.apps.learn({ news: 'reconnect_answered', clientId: pair.clientId });
      trace.codeExpiresAt = asked.expiresAt;
      traceId = asked.traceId;
      tried = await this.exchange(place, pair, asked, redirectUri);
      if (!isWorthAnotherCode(tried.answer)) break;
    }
    return this.exchanged(place, held, pair, tried as { sentAt: number; answer: Answer }, traceId);
  }

  private exchanged(
    place: Place,
    held: Stored,
    { clientId }: ClientPair,
    { sentAt, answer }: { readonly sentAt: number; readonly answer: Answer },
    traceId: string | undefined,
  ): WithPair {
    const what = `${WHAT}, exchanging the code`;
    switch (answer.kind) {
      case 'granted': {
        void this.apps.learn({ news: 'client_accepted', clientId });
        const previous = held.installation.credential;
        const credential = credentialFrom(answer.grant, { origin: 'reconnect', clientId, sentAt, previous, userType: userTypeOf(place) });
        return { current: held, answer: { kind: 'recovered', credential, traceId: traceId ?? answer.traceId } };
      }
      case 'place_inactive':
        return { current: held, answer: { kind: 'suspended', failure: failureOf(what, answer) } };
      case 'rate_limited':
      case 'not_sent':
      case 'no_answer':
      case 'server_error':
      case 'unexpected':
        return { current: held, answer: later(what, answer) };
      default: {
        const { answer: told, held: counted } = unclear(what, 'reconnect', held, answer as Failure, this.settings.policy, this.clock.now());
        return { current: counted, answer: told };
      }
    }
  }

  private async exchange(place: Place, pair: ClientPair, { code }: Code, redirectUri: string | undefined): Promise<{ sentAt: number; answer: Answer }> {
    const sentAt = this.clock.now();
    return { sentAt, answer: granting(place, await this.oauth.exchange(pair, code, { userType: userTypeOf(place), redirectUri })) };
  }

  private async withoutCode(place: Place, held: Stored, { clientId }: ClientPair, answer: Failure): Promise<WithPair> {
    switch (answer.kind) {
      case 'endpoint_removed':
        await this.apps.learn({ news: 'reconnect_removed', clientId });
        return { current: held, answer: { kind: 'next', definite: true, failure: failureOf(WHAT, answer), lacking: 'reconnect' } };
      case 'place_inactive':
        return { current: held, answer: { kind: 'suspended', failure: failureOf(WHAT, answer) } };
      case 'refused':
        return { current: held, answer: { kind: 'next', definite: true, failure: failureOf(WHAT, answer) } };
      case 'client_refused': {
        await this.apps.learn({ news: 'client_refused', clientId, key: place.key });
        const { answer: told, held: counted } = unclear(WHAT, 'reconnect', held, answer, this.settings.policy, this.clock.now());
        return { current: counted, answer: told, isWrongPair: true };
      }
      case 'rate_limited':
      case 'not_sent':
      case 'no_answer':
      case 'server_error':
      case 'unexpected':
        return { current: held, answer: later(WHAT, answer) };
      default: {
        const { answer: told, held: counted } = unclear(WHAT, 'reconnect', held, answer, this.settings.policy, this.clock.now());
        return { current: counted, answer: told };
      }
    }
  }
}

/** An empty trace. */
export const newTrace = (): ReconnectTrace => ({ clientId: null, traceId: null, codeExpiresAt: null });

const userTypeOf = (place: Place): 'Company' | 'Location' => (place.kind === 'company' ? 'Company' : 'Location');

const isWorthAnotherCode = ({ kind }: Answer): boolean =>
  kind !== 'granted' && kind !== 'place_inactive' && kind !== 'rate_limited' && kind !== 'not_sent';

const removedEarlier = (retryAt: number | undefined): RungAnswer => ({
  kind: 'next',
  definite: true,
  failure: { code: 'GHL_RECONNECT_UNAVAILABLE', message: `${WHAT}: HighLevel has said that the endpoint is removed for this client id` },
  lacking: 'reconnect',
  retryAt,
});
