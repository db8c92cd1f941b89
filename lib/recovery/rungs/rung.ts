import type { Answer, Failure } from '../../decision/answer.js';
import { failureOf } from '../../decision/failure.js';
import type { RungAnswer } from '../../decision/ladder.js';
import type { Policy } from '../../decision/policy.js';
import { countUnclear } from '../../decision/transitions.js';
import type { ClientPair } from '../../highlevel/client-pair.js';
import type { ClientPairs } from '../../highlevel/client-pairs.js';
import type { Place } from '../../installation/installation-ref.js';
import type { Rung } from '../../installation/installation.js';
import type { Stored } from '../../storage/installation-store.js';

/** What climbing a rung came to, with the record as it is stored now. */
export interface Climbed {
  readonly answer: RungAnswer;
  readonly held: Stored;
}

/** One way to recover. `null`: the record was taken over or changed meanwhile, so look again. */
export interface RungClimber {
  climb(place: Place, held: Stored): Promise<Climbed | null>;
}

/** The pair with its new secret, where HighLevel has refused the old one and the host knows another by now. */
export const renewedFor = async (
  clients: ClientPairs,
  { clientId, clientSecret }: ClientPair,
  { kind }: Answer,
): Promise<ClientPair | null> => (kind === 'client_refused' ? clients.renew(clientId, clientSecret) : null);

/** HighLevel is in trouble, or asks for patience: this way is right, but not now. */
export const later = (what: string, answer: Failure): RungAnswer => ({
  kind: 'later',
  failure: failureOf(what, answer),
  retryAfterMs: answer.kind === 'rate_limited' ? answer.retryAfterMs : null,
});

/** HighLevel says that the place is not active. */
export const suspended = (what: string, answer: Failure): RungAnswer => ({
  kind: 'suspended',
  failure: failureOf(what, answer),
});

/** HighLevel says that this way is not open, for good. */
export const refused = (what: string, answer: Failure): RungAnswer => ({
  kind: 'next',
  definite: true,
  failure: failureOf(what, answer),
});

/** An answer that nobody knows the meaning of: on to the next way, and a refusal once it was heard often enough. */
export function unclear(what: string, rung: Rung, held: Stored, answer: Failure, policy: Policy, now: number): Climbed {
  const text = `${answer.status} ${answer.text}`;
  const { installation, converged } = countUnclear(held.installation, rung, text, now, policy);
  return {
    answer: { kind: 'next', definite: converged, failure: failureOf(what, answer) },
    held: { ...held, installation },
  };
}

/** Answers after which this way is the right one still, at another time. */
export const isPassing = ({ kind }: Pick<Failure, 'kind'>): boolean =>
  kind === 'rate_limited' ||
  kind === 'not_sent' ||
  kind === 'no_answer' ||
  kind === 'server_error' ||
  kind === 'unexpected';
