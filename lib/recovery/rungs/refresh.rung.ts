import { granting, isOutcomeUnknown, type Answer, type Failure } from '../../decision/answer.js';
import { isRefreshable } from '../../decision/ladder.js';
import { GRACE_MS } from '../../decision/grace.js';
import type { Policy } from '../../decision/policy.js';
import { withRefreshTokenRefused } from '../../decision/transitions.js';
import { GhlAuthError } from '../../errors/ghl-auth-error.js';
import type { ClientPair } from '../../highlevel/client-pair.js';
import type { ClientPairs } from '../../highlevel/client-pairs.js';
import type { OAuthClient } from '../../highlevel/oauth-client.js';
import { credentialFrom, type Credential } from '../../installation/credential.js';
import { refOf, type Place } from '../../installation/installation-ref.js';
import type { Installation } from '../../installation/installation.js';
import type { Stored } from '../../storage/installation-store.js';
import type { Clock } from '../../time/clock.js';
import type { AppRungs } from '../app-rungs.js';
import { BoundedMap } from '../bounded-map.js';
import { isSameTenure, type Leases } from '../leases.js';
import type { Outbox } from '../outbox.js';
import { later, refused, renewedFor, suspended, unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Refreshing';
const REPEAT_WITHIN_MS = 500;
const MAX_REMEMBERED = 10_000;

type Refreshable = Credential & { readonly refreshToken: string };

interface Presentation {
  readonly place: Place;
  readonly credential: Refreshable;
  readonly pair: ClientPair;
}

/** Everything that refreshing needs. */
export interface RefreshRungParts {
  readonly oauth: OAuthClient;
  readonly clients: ClientPairs;
  readonly apps: AppRungs;
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly callLimitMs: number;
  readonly random: () => number;
}

/** Spends the refresh token for a new pair: the one rung that can lose something. */
export class RefreshRung implements RungClimber {
  /** Credentials whose refresh token was definitely refused: not presented again, whatever a restored store says. */
  private readonly refused = new BoundedMap<Failure>(MAX_REMEMBERED);

  constructor(private readonly parts: RefreshRungParts) {}

  async climb(place: Place, held: Stored): Promise<Climbed | null> {
    const { clients, apps } = this.parts;
    const credential = held.installation.credential as Refreshable;
    const refusal = this.refused.get(credential.id);
    if (refusal !== undefined) return this.believe(place, held, refusal);
    const pair = clients.find(credential.clientId) ?? (await clients.renew(credential.clientId)) ?? undefined;
    if (pair === undefined || !(await apps.mayTry(pair.clientId, 'clients')))
      return { held, answer: this.withoutClient(credential, pair) };
    return this.present(held, { place, credential, pair });
  }

  /**
   * Presents the refresh token. Where the outcome of its first presentation is unknown it is presented once more at once,
   * since HighLevel repeats its answer within the grace; after that only at the pace of the back-off.
   */
  private async present(held: Stored, what: Presentation): Promise<Climbed | null> {
    const { leases, oauth, clients, clock, callLimitMs, random } = this.parts;
    const { place, credential } = what;
    const userType = credential.userType ?? (place.kind === 'company' ? 'Company' : 'Location');
    const began = clock.monotonic();
    for (let current = held, { pair } = what; ;) {
      const marked = await leases.amend(current, (installation) => marking(installation, credential.id, clock.now()));
      if (marked === null) return null;
      const sentAt = clock.now();
      const answer = granting(place, await oauth.refresh(pair, credential.refreshToken, userType));
      const renewed = await renewedFor(clients, pair, answer);
      if (renewed !== null) {
        pair = renewed;
        current = marked;
        continue;
      }
      const spentMs = clock.monotonic() - began;
      const isFirst = marked.installation.mark?.times === 1;
      const isInTime = spentMs + REPEAT_WITHIN_MS + callLimitMs <= GRACE_MS;
      if (!isFirst || !isInTime || !isOutcomeUnknown(answer))
        return this.conclude(marked, { ...what, pair }, answer, sentAt);
      await clock.sleep(REPEAT_WITHIN_MS * random());
      current = marked;
    }
  }

  private async conclude(held: Stored, what: Presentation, answer: Answer, sentAt: number): Promise<Climbed | null> {
    const { apps, clients, policy, clock } = this.parts;
    const { place, credential, pair } = what;
    const { clientId } = pair;
    switch (answer.kind) {
      case 'granted': {
        void apps.learn({ news: 'client_accepted', clientId });
        const next = credentialFrom(answer.grant, { origin: 'refresh', clientId, sentAt, previous: credential });
        const { companyId } = answer.grant;
        return { held, answer: { kind: 'recovered', credential: next, traceId: answer.traceId, companyId } };
      }
      case 'refused':
        this.refused.set(credential.id, answer);
        void apps.learn({ news: 'client_answered', clientId });
        return this.believe(place, held, answer);
      case 'place_inactive':
        void apps.learn({ news: 'client_answered', clientId });
        return { held: unmarked(held), answer: suspended(WHAT, answer) };
      case 'client_refused':
        await apps.learn({ news: 'client_refused', clientId, key: place.key, secret: clients.fingerprintOf(clientId) });
        return unclear(WHAT, 'refresh', unmarked(held), answer, policy, clock.now());
      case 'rate_limited':
      case 'not_sent':
        return { held: unpresented(held), answer: later(WHAT, answer) };
      case 'no_answer':
      case 'server_error':
      case 'unexpected':
        return { held, answer: later(WHAT, answer) };
      default:
        return this.unknown(held, answer as Failure);
    }
  }

  /** Only a definite refusal moves to the next rung: an answer of unknown meaning does when it was heard often enough. */
  private unknown(held: Stored, answer: Failure): Climbed {
    const { policy, clock } = this.parts;
    const climbed = unclear(WHAT, 'refresh', unmarked(held), answer, policy, clock.now());
    const isDefinite = climbed.answer.kind === 'next' && climbed.answer.definite;
    return isDefinite ? climbed : { held: climbed.held, answer: later(WHAT, answer) };
  }

  /** A definite refusal is stored before anything else is tried; the conditional save is another look at the store. */
  private async believe(place: Place, from: Stored, answer: Failure): Promise<Climbed | null> {
    const id = from.installation.credential?.id;
    const change = (found: Installation | null): Installation | null =>
      found !== null && found.credential?.id === id && isRefreshable(found) ? withRefreshTokenRefused(found) : null;
    const what = 'The refusal of a refresh token';
    const { stored, outcome } = await this.parts.outbox.put({ place, from, change, what });
    if (outcome === 'unsaved') {
      const message =
        'A refresh token was refused, and the store does not take that in; nothing else is tried before it does';
      throw new GhlAuthError('GHL_STORE_FAILED', message, { installation: refOf(place) });
    }
    const isOurs = outcome === 'saved' && isSameTenure(stored.installation, from.installation);
    return isOurs ? { held: stored, answer: refused(WHAT, answer) } : null;
  }

  private withoutClient({ clientId }: Credential, pair: ClientPair | undefined): Climbed['answer'] {
    const message =
      pair === undefined
        ? `${WHAT}: the credential was issued to client id ${clientId}, which is not among clients; add its key pair back`
        : `${WHAT}: HighLevel refuses the secret of client id ${clientId}`;
    const retryAt = pair === undefined ? undefined : (this.parts.apps.closedUntil('clients', clientId) ?? undefined);
    return { kind: 'next', definite: false, failure: { code: 'GHL_CLIENT_REJECTED', message }, retryAt };
  }
}

/** The installation with the mark that its refresh token is being presented; `null` where it must not be any more. */
const marking = (installation: Installation, credentialId: string, now: number): Installation | null => {
  if (!isRefreshable(installation)) return null;
  const { mark } = installation;
  const before = mark?.credentialId === credentialId ? mark : { at: now, times: 0 };
  return { ...installation, mark: { credentialId, at: before.at, times: before.times + 1 } };
};

const unmarked = (held: Stored): Stored => ({ ...held, installation: { ...held.installation, mark: null } });

/** What HighLevel certainly has not seen leaves an earlier, unknown outcome as it was. */
const unpresented = (held: Stored): Stored => {
  const { mark } = held.installation;
  if (mark === null || mark.times <= 1) return unmarked(held);
  return { ...held, installation: { ...held.installation, mark: { ...mark, times: mark.times - 1 } } };
};
