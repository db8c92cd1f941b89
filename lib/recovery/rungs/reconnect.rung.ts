import type { Failure } from '../../decision/answer.js';
import type { RungAnswer } from '../../decision/ladder.js';
import type { ClientPair } from '../../highlevel/client-pair.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Stored } from '../../storage/installation-store.js';
import { ReconnectAttempt, type ReconnectParts } from './reconnect-attempt.js';
import { unclear, type Climbed, type RungClimber } from './rung.js';

const WHAT = 'Reconnecting';

/** How a climb of this rung differs from the usual. */
export interface ReconnectOptions {
  /** Only this key pair. */
  readonly pair?: ClientPair | undefined;
  /** Asked for by a person: tried even where the rung is closed. */
  readonly onPurpose?: boolean;
}

type Next = Extract<RungAnswer, { kind: 'next' }>;

/**
 * Asks HighLevel's Reconnect API for an authorization code, and exchanges it: with the key pair of the installation, and
 * with the other ones only where HighLevel says that it was made with another pair.
 */
export class ReconnectRung implements RungClimber {
  private readonly attempt: ReconnectAttempt;

  constructor(private readonly parts: ReconnectParts) {
    this.attempt = new ReconnectAttempt(parts);
  }

  async climb(place: Place, from: Stored, { pair: only, onPurpose }: ReconnectOptions = {}): Promise<Climbed | null> {
    const known = from.installation.clientId;
    let held = from;
    let closed: Next | null = null;
    let wrongPair: Failure | null = null;
    for (const pair of only ? [only] : this.parts.clients.inOrder(known)) {
      if (!onPurpose && !(await this.parts.apps.mayTry(pair.clientId, 'clients', 'reconnect'))) {
        closed = this.closed(pair.clientId);
        // An installation that is known to belong to this pair cannot be reconnected with another one.
        if (pair.clientId === known) break;
        continue;
      }
      const attempted = await this.attempt.run(place, held, pair);
      if (attempted === null || 'answer' in attempted) return attempted;
      ({ held, wrongPair } = attempted);
    }
    return this.withoutPair(held, wrongPair, closed);
  }

  /** Every pair was the wrong one, or is closed. What is closed may be the right one. */
  private withoutPair(held: Stored, wrongPair: Failure | null, closed: Next | null): Climbed {
    const { policy, clock } = this.parts;
    if (wrongPair === null) return { held, answer: closed as Next };
    const counted = unclear(WHAT, 'reconnect', held, wrongPair, policy, clock.now());
    if (closed === null) return counted;
    const { lacking, retryAt } = closed;
    const definite = closed.definite && (counted.answer as Next).definite;
    return {
      held: counted.held,
      answer: { ...(counted.answer as Next), definite, retryAt, ...(lacking && { lacking }) },
    };
  }

  /** Why a rung that is closed for a client id is not tried. */
  private closed(clientId: string): Next {
    const { apps } = this.parts;
    const [refusedUntil, removedUntil] = [
      apps.closedUntil('clients', clientId),
      apps.closedUntil('reconnect', clientId),
    ];
    // Only where HighLevel has said so is it removed: what kept this one from trying may have been news on their way.
    if (refusedUntil !== null || removedUntil === null) {
      const what = refusedUntil === null ? 'it is being found out whether HighLevel takes' : 'HighLevel refuses';
      const message = `${WHAT}: ${what} the secret of client id ${clientId}`;
      const failure = { code: 'GHL_CLIENT_REJECTED', message } as const;
      return { kind: 'next', definite: false, failure, retryAt: refusedUntil ?? undefined };
    }
    const message = `${WHAT}: HighLevel has said that the endpoint is removed for this client id`;
    return {
      kind: 'next',
      definite: true,
      failure: { code: 'GHL_RECONNECT_UNAVAILABLE', message, traceId: apps.closedBy(clientId) },
      lacking: 'reconnect',
      retryAt: removedUntil,
    };
  }
}
