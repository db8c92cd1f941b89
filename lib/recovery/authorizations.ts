import { isOutcomeUnknown, type Answer, type Failure } from '../decision/answer.js';
import { failureOf } from '../decision/failure.js';
import { adopt, entomb } from '../decision/transitions.js';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import type { ClientPair } from '../highlevel/client-pair.js';
import type { OAuthClient } from '../highlevel/oauth-client.js';
import { credentialFrom, type Credential, type Grant, type UserType } from '../installation/credential.js';
import { placeOf, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import { pendingInstallation } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';
import type { InstallationKeeper } from './installation-keeper.js';
import type { InstallationRegistry } from './installation-registry.js';
import type { PairKeeper } from './pair-keeper.js';

/** Everything that a change of authorization needs. */
export interface AuthorizationParts {
  readonly appId: string;
  readonly oauth: OAuthClient;
  readonly registry: InstallationRegistry;
  readonly store: InstallationStore;
  readonly keeper: InstallationKeeper;
  readonly pairs: PairKeeper;
  readonly clock: Clock;
  readonly log: Log;
}

const PAGE = 200;

/** What the customer does: installs the app, or takes it away. Beats whatever recovery is doing meanwhile. */
export class Authorizations {
  constructor(private readonly parts: AuthorizationParts) {}

  /** Exchanges the code of an installation and stores the pair. @throws {GhlAuthError} */
  async exchange(pair: ClientPair, code: string, more: { readonly redirectUri?: string | undefined; readonly userType?: UserType | undefined }): Promise<Stored> {
    const sentAt = this.parts.clock.now();
    const first = await this.parts.oauth.exchange(pair, code, more);
    const answer = isOutcomeUnknown(first) ? await this.parts.oauth.exchange(pair, code, more) : first;
    if (answer.kind !== 'granted') throw notExchanged(answer as Failure);
    const place = this.placeFor(answer.grant, answer);
    return this.adopt(place, answer.grant.companyId, answer.traceId, (previous) =>
      credentialFrom(answer.grant, { origin: 'code', clientId: pair.clientId, sentAt, previous: answer.grant.refreshToken === null ? null : previous, ...(more.userType ? { userType: more.userType } : {}) }),
    );
  }

  /** Takes in tokens that another library or an older backend has obtained. @throws {GhlAuthError} */
  importTokens(place: Place, companyId: string | null, credential: Credential): Promise<Stored> {
    return this.adopt(place, companyId, undefined, () => credential);
  }

  /** Leaves a tombstone where the app was uninstalled; a company takes its locations with it. @throws {GhlAuthError} */
  async uninstall(place: Place): Promise<void> {
    await this.entomb(place);
    if (place.kind === 'location') return;
    for await (const page of this.parts.store.pages({ companyId: place.id, limit: PAGE })) {
      for (const { installation } of page) {
        if (installation.locationId !== null) await this.entomb(placeOf(this.parts.appId, { locationId: installation.locationId, companyId: place.id }));
      }
    }
  }

  private async adopt(place: Place, companyId: string | null, traceId: string | undefined, make: (previous: Credential | null) => Credential): Promise<Stored> {
    const { registry, pairs, keeper, clock } = this.parts;
    const seen = await registry.find(place.key).catch(() => null);
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
    if (kept.outcome === 'unsaved') {
      throw new GhlAuthError('GHL_STORE_FAILED', 'The installation could not be stored yet. Its tokens are held in memory, served, and stored as soon as the store answers', {
        installation: refOf(place),
      });
    }
    return kept.stored;
  }

  private async entomb(place: Place): Promise<void> {
    const { registry, keeper, clock } = this.parts;
    for (;;) {
      const found = await registry.find(place.key);
      if (found?.installation.state === 'uninstalled') return;
      const before = found ?? { key: place.key, version: null, installation: pendingInstallation(place, clock.now()) };
      const saved = await registry.save(before, entomb(before.installation, clock.now()));
      if (saved !== null) {
        keeper.learn(place, saved);
        return;
      }
    }
  }

  private placeFor({ locationId, companyId, userType }: Grant, { status, traceId }: Answer): Place {
    const isLocation = userType === 'Location' || (userType === null && locationId !== null);
    const ref: InstallationRef | null =
      isLocation && locationId !== null ? { locationId, ...(companyId === null ? {} : { companyId }) } : !isLocation && companyId !== null ? { companyId } : null;
    if (ref !== null) return placeOf(this.parts.appId, ref);
    throw new GhlAuthError('GHL_UNEXPECTED_RESPONSE', 'The token answer does not say which location or company it is for', { status, traceId });
  }
}

const notExchanged = (answer: Failure): GhlAuthError => {
  const { code, message, status, traceId } = failureOf('Exchanging the authorization code', answer);
  return new GhlAuthError(code, message, { status, traceId });
};
