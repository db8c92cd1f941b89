import { isOutcomeUnknown, type Answer, type Failure } from '../decision/answer.js';
import { failureOf } from '../decision/failure.js';
import { isAuthorizedSince } from '../decision/fence.js';
import { adopt, entomb } from '../decision/transitions.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { ClientPairs } from '../highlevel/client-pairs.js';
import type { OAuthClient } from '../highlevel/oauth-client.js';
import { credentialFrom, type Credential, type Grant, type UserType } from '../installation/credential.js';
import { placeOf, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import { pendingInstallation } from '../installation/installation.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import { contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { Outbox } from './outbox.js';
import type { PairKeeper } from './pair-keeper.js';
import { renewedFor } from './rungs/rung.js';

/** Everything that a change of authorization needs. */
export interface AuthorizationParts {
  readonly appId: string;
  readonly oauth: OAuthClient;
  readonly clients: ClientPairs;
  readonly registry: InstallationRegistry;
  readonly store: InstallationStore;
  readonly keeper: InstallationKeeper;
  readonly pairs: PairKeeper;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** What is sent along with an authorization code. */
export interface ExchangeOptions {
  readonly redirectUri?: string | undefined;
  readonly userType?: UserType | undefined;
}

/** What the customer has brought in. */
interface Brought {
  readonly place: Place;
  readonly companyId: string | null;
  readonly traceId?: string | undefined;
  readonly credential: (previous: Credential | null) => Credential;
}

interface Exchanged {
  readonly sentAt: number;
  readonly answer: Answer;
}

const PAGE = 200;

/**
 * What the customer does: installs the app, or takes it away. Beats whatever recovery is doing meanwhile. Runs to its end
 * in a context of its own, whatever becomes of the request that brought it.
 */
export class Authorizations {
  private readonly apart = contextOfNow();
  private readonly underWay = new Set<Promise<unknown>>();
  private isClosed = false;

  constructor(private readonly parts: AuthorizationParts) {}

  /** Exchanges the code of an installation and stores the pair. @throws {GhlAuthError} */
  exchange(pair: ClientPair, code: string, options: ExchangeOptions): Promise<Stored> {
    return this.toItsEnd(async () => {
      const first = await this.present(pair, code, options);
      const renewed = await renewedFor(this.parts.clients, pair, first.answer);
      const { answer, sentAt } =
        renewed !== null || isOutcomeUnknown(first.answer) ? await this.present(renewed ?? pair, code, options) : first;
      if (answer.kind !== 'granted') throw notExchanged(answer as Failure);
      const { grant, traceId } = answer;
      const { clientId } = pair;
      const { userType } = options;
      const place = this.placeFor(grant, answer);
      const stored = await this.adopt({
        place,
        companyId: grant.companyId,
        traceId,
        credential: (known) => {
          const previous = grant.refreshToken === null ? null : known;
          return credentialFrom(grant, { origin: 'code', clientId, sentAt, previous, ...(userType && { userType }) });
        },
      });
      if (stored.installation.state === 'uninstalled') throw uninstalledSince(place);
      return stored;
    });
  }

  /** Takes in tokens that another library or an older backend has obtained. @throws {GhlAuthError} */
  importTokens(place: Place, companyId: string | null, credential: Credential): Promise<Stored> {
    return this.toItsEnd(() => this.adopt({ place, companyId, credential: () => credential }));
  }

  /**
   * Leaves a tombstone where the app was uninstalled; a company takes its locations with it.
   * @param asOf when it was uninstalled (ms since the epoch): what the customer authorized later stays
   * @throws {GhlAuthError}
   */
  uninstall(place: Place, asOf = this.parts.clock.now()): Promise<void> {
    return this.toItsEnd(async () => {
      const isGone = await this.entomb(place, asOf);
      // A company that is back already has brought its locations along.
      if (place.kind === 'location' || !isGone) return;
      const companyId = place.id;
      for await (const page of this.parts.store.pages({ companyId, limit: PAGE })) {
        for (const { installation } of page) {
          const { locationId } = installation;
          if (locationId !== null) await this.entomb(placeOf(this.parts.appId, { locationId, companyId }), asOf);
        }
      }
    });
  }

  /** Waits for what is under way, whatever comes of it; then nothing is begun any more that nobody would wait for. */
  async close(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
    this.stop();
  }

  /** Begins nothing any more. */
  stop(): void {
    this.isClosed = true;
  }

  private toItsEnd<T>(work: () => Promise<T>): Promise<T> {
    if (this.isClosed)
      return Promise.reject(
        new GhlAuthError('GHL_SHUTTING_DOWN', 'The application is shutting down; nothing was begun'),
      );
    const promise = this.apart(work).finally(() => this.underWay.delete(promise));
    this.underWay.add(promise);
    return promise;
  }

  private async present(pair: ClientPair, code: string, options: ExchangeOptions): Promise<Exchanged> {
    const sentAt = this.parts.clock.now();
    return { sentAt, answer: await this.parts.oauth.exchange(pair, code, options) };
  }

  /** Nobody spends what the customer's authorization has replaced, also while the store is slow to say what it is. */
  private adopt(brought: Brought): Promise<Stored> {
    return this.parts.outbox.expect(brought.place.key, () => this.takeIn(brought));
  }

  private async takeIn({ place, companyId, traceId, credential: make }: Brought): Promise<Stored> {
    const { registry, pairs, keeper, clock } = this.parts;
    // What the store has lost is mended first, so that the new record knows what it is the successor of.
    const seen = await registry.look(place).catch(() => registry.recall(place));
    const from = seen ?? { key: place.key, version: null, installation: pendingInstallation(place, clock.now()) };
    const credential = make(from.installation.credential);
    const kept = await pairs.keep({
      place,
      from,
      credential,
      byCustomer: true,
      adopt: (installation) => adopt(installation, credential, clock.now(), { traceId, companyId }),
    });
    keeper.learn(place, kept.stored);
    if (kept.outcome !== 'unsaved') return kept.stored;
    const message =
      'The installation could not be stored yet. Its tokens are held in memory, served, and stored as soon as the store answers';
    throw new GhlAuthError('GHL_STORE_FAILED', message, { installation: refOf(place) });
  }

  /** @returns whether it is uninstalled now: not, where the customer has authorized the app again since */
  private async entomb(place: Place, asOf: number): Promise<boolean> {
    const { registry, keeper, clock } = this.parts;
    const unknown = pendingInstallation(place, clock.now());
    const looked = await registry.look(place).catch(() => registry.find(place.key));
    const seen = looked ?? { key: place.key, version: null, installation: unknown };
    const seenAt = clock.now();
    const { stored } = await registry.change(seen, (found) => {
      if (found === null) return entomb(unknown, asOf);
      const isPointless = found.state === 'uninstalled' || isAuthorizedSince(asOf, seen.installation, found, seenAt);
      return isPointless ? null : entomb(found, asOf);
    });
    if (stored !== null) keeper.learn(place, stored);
    return stored?.installation.state === 'uninstalled';
  }

  private placeFor({ locationId, companyId, userType }: Grant, { status, traceId }: Answer): Place {
    const isLocation = userType === 'Location' || (userType === null && locationId !== null);
    const ref = isLocation ? locationRef(locationId, companyId) : companyId === null ? null : { companyId };
    if (ref !== null) return placeOf(this.parts.appId, ref);
    const message = 'The token answer does not say which location or company it is for';
    throw new GhlAuthError('GHL_UNEXPECTED_RESPONSE', message, { status, traceId });
  }
}

const locationRef = (locationId: string | null, companyId: string | null): InstallationRef | null =>
  locationId === null ? null : { locationId, ...(companyId === null ? {} : { companyId }) };

const notExchanged = (answer: Failure): GhlAuthError => {
  const { code, message, status, traceId } = failureOf('Exchanging the authorization code', answer);
  return new GhlAuthError(code, message, { status, traceId });
};

/** Silence would be taken for success, and the customer would wait for an app that is not there. */
const uninstalledSince = (place: Place): GhlAuthError =>
  new GhlAuthError('GHL_UNINSTALLED', 'The app was uninstalled after this authorization; its tokens were not stored', {
    installation: refOf(place),
  });
