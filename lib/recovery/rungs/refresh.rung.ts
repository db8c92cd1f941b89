import { granting, isOutcomeUnknown, type Answer, type Failure } from '../../decision/answer.js';
import { failureOf } from '../../decision/failure.js';
import type { Policy } from '../../decision/policy.js';
import { withRefreshTokenRefused } from '../../decision/transitions.js';
import type { ClientPair } from '../../highlevel/client-pair.js';
import type { ClientPairs } from '../../highlevel/client-pairs.js';
import type { OAuthClient } from '../../highlevel/oauth-client.js';
import { credentialFrom, type Credential } from '../../installation/credential.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Stored } from '../../storage/installation-store.js';
import type { Clock } from '../../time/clock.js';
import type { AppRungs } from '../app-rungs.js';
import type { InstallationRegistry } from '../installation-registry.js';
import { later, unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Refreshing';
/** HighLevel repeats its answer to concurrent calls with the same refresh token for so long. [doc, changelog] */
export const GRACE_MS = 30_000;
const REPEAT_WITHIN_MS = 500;
const MAX_REMEMBERED = 10_000;

interface Present {
  readonly credential: Credential & { readonly refreshToken: string };
  readonly pair: ClientPair;
}

/** Spends the refresh token for a new pair: the one rung that can lose something. */
export class RefreshRung implements RungClimber {
  /** Refusals that the store may not have taken: these tokens are not presented again all the same. */
  private readonly refused = new Set<string>();

  constructor(
    private readonly oauth: OAuthClient,
    private readonly clients: ClientPairs,
    private readonly apps: AppRungs,
    private readonly registry: InstallationRegistry,
    private readonly clock: Clock,
    private readonly settings: { readonly policy: Policy; readonly callLimitMs: number; readonly random: () => number },
  ) {}

  async climb(place: Place, held: Stored): Promise<Climbed | null> {
    const credential = held.installation.credential as Present['credential'];
    if (this.refused.has(credential.id)) return this.believe(held, { kind: 'refused', text: 'the refresh token was refused before' });
    const pair = this.clients.find(credential.clientId);
    if (pair === undefined || !(await this.apps.mayTry('clients', pair.clientId))) return { held, answer: this.withoutClient(credential, pair) };
    return this.present(place, held, { credential, pair });
  }

  /** Presents the refresh token; where the outcome is unknown once more at once, since HighLevel repeats its answer within the grace. */
  private async present(place: Place, held: Stored, what: Present): Promise<Climbed | null> {
    const began = this.clock.monotonic();
    let current = held;
    for (let times = 1; ; times += 1) {
      const marked = await this.registry.amend(current, (installation) => ({
        ...installation,
        mark: { credentialId: what.credential.id, at: this.clock.now(), times: (installation.mark?.times ?? 0) + 1 },
      }));
      if (marked === null) return null;
      const sentAt = this.clock.now();
      const userType = what.credential.userType ?? (place.kind === 'company' ? 'Company' : 'Location');
      const answer = granting(place, await this.oauth.refresh(what.pair, what.credential.refreshToken, userType));
      const spent = this.clock.monotonic() - began;
      if (times > 1 || !isOutcomeUnknown(answer) || spent + REPEAT_WITHIN_MS + this.settings.callLimitMs > GRACE_MS) {
        return this.conclude(place, marked, what, answer, sentAt);
      }
      await this.clock.sleep(REPEAT_WITHIN_MS * this.settings.random());
      current = marked;
    }
  }

  private async conclude(place: Place, held: Stored, { credential, pair }: Present, answer: Answer, sentAt: number): Promise<Climbed | null> {
    switch (answer.kind) {
      case 'granted': {
        void this.apps.learn({ news: 'client_accepted', clientId: pair.clientId });
        const next = credentialFrom(answer.grant, { origin: 'refresh', clientId: pair.clientId, sentAt, previous: credential });
        return { held, answer: { kind: 'recovered', credential: next, traceId: answer.traceId } };
      }
      case 'refused':
        return this.believe(held, answer);
      case 'place_inactive':
        return { held: unmarked(held), answer: { kind: 'suspended', failure: failureOf(WHAT, answer) } };
      case 'client_refused':
        await this.apps.learn({ news: 'client_refused', clientId: pair.clientId, key: place.key });
        return unclear(WHAT, 'refresh', unmarked(held), answer, this.settings.policy, this.clock.now());
      case 'rate_limited':
      case 'not_sent':
        return { held: this.unpresented(held), answer: later(WHAT, answer) };
      case 'no_answer':
      case 'server_error':
      case 'unexpected':
        return { held, answer: later(WHAT, answer) };
      default: {
        const climbed = unclear(WHAT, 'refresh', unmarked(held), answer as Failure, this.settings.policy, this.clock.now());
        // Only a definite refusal moves to the next rung.
        return climbed.answer.kind === 'next' && climbed.answer.definite ? climbed : { held: climbed.held, answer: later(WHAT, answer as Failure) };
      }
    }
  }

  /** A definite refusal is stored before anything else is tried; the conditional save is another look at the store. */
  private async believe(held: Stored, answer: Failure): Promise<Climbed | null> {
    const credentialId = held.installation.credential?.id as string;
    if (this.refused.size >= MAX_REMEMBERED) this.refused.clear();
    this.refused.add(credentialId);
    const refused = await this.registry.amend(held, withRefreshTokenRefused);
    this.refused.delete(credentialId);
    return refused && { held: refused, answer: { kind: 'next', definite: true, failure: failureOf(WHAT, answer) } };
  }

  /** What HighLevel certainly has not seen leaves an earlier, unknown outcome as it was. */
  private unpresented(held: Stored): Stored {
    const { mark } = held.installation;
    return mark !== null && mark.times > 1 ? held : unmarked(held);
  }

  private withoutClient({ clientId }: Credential, pair: ClientPair | undefined): Climbed['answer'] {
    const message =
      pair === undefined
        ? `${WHAT}: the credential was issued to client id ${clientId}, which is not among clients; add its key pair back`
        : `${WHAT}: HighLevel refuses the secret of client id ${clientId}`;
    const retryAt = pair === undefined ? undefined : (this.apps.closedUntil('clients', clientId) ?? undefined);
    return { kind: 'next', definite: false, failure: { code: 'GHL_CLIENT_REJECTED', message }, retryAt };
  }
}

const unmarked = (held: Stored): Stored => ({ ...held, installation: { ...held.installation, mark: null } });
