import type { Grant } from '../installation/credential.js';
import type { Place } from '../installation/installation-ref.js';
import { isGrantFor } from './grant.js';

/** Facts about an answer that errors and logs show. Without secrets. */
export interface AnswerFacts {
  readonly status?: number | undefined;
  readonly traceId?: string | undefined;
  /** What HighLevel said, or what happened to the connection. */
  readonly text: string;
}

/**
 * What a call to HighLevel's OAuth endpoints came to, in the terms in which the module decides.
 *
 * Only `refused` says something definite about what was presented. `no_answer`, `server_error` and `unexpected` leave open
 * whether HighLevel acted on it; after `not_sent` and `rate_limited` it certainly has not.
 */
export type Answer =
  | (AnswerFacts & { readonly kind: 'granted'; readonly grant: Grant })
  | (AnswerFacts & { readonly kind: 'code'; readonly code: string; readonly expiresAt: Date | null })
  /** The refresh token or authorization code is invalid, expired or used; or the app is not installed there, or not for this company. */
  | (AnswerFacts & { readonly kind: 'refused' })
  /** "Location is not active": the same credential works again later. */
  | (AnswerFacts & { readonly kind: 'place_inactive' })
  /** Client id and secret were refused: a wrong secret, the wrong pair for this installation, or a grant that is gone. */
  | (AnswerFacts & { readonly kind: 'client_refused' })
  /** The company's access token was refused; a new one may be accepted. `unclear`: in words that nobody knows. */
  | (AnswerFacts & { readonly kind: 'token_refused'; readonly verdict: 'expired' | 'unclear' })
  | (AnswerFacts & { readonly kind: 'scope_missing' })
  | (AnswerFacts & { readonly kind: 'token_type_mismatch' })
  /** "API endpoint has been removed": says something about the app, nothing about the installation. */
  | (AnswerFacts & { readonly kind: 'endpoint_removed' })
  /** HighLevel calls the request malformed: our bug or configuration. */
  | (AnswerFacts & { readonly kind: 'malformed_request' })
  | (AnswerFacts & { readonly kind: 'rate_limited'; readonly retryAfterMs: number | null })
  | (AnswerFacts & { readonly kind: 'server_error' })
  | (AnswerFacts & { readonly kind: 'no_answer' })
  | (AnswerFacts & { readonly kind: 'not_sent' })
  /** A success that cannot be read. */
  | (AnswerFacts & { readonly kind: 'unexpected' })
  /** A 3xx or 4xx of which nobody knows the meaning. */
  | (AnswerFacts & { readonly kind: 'unrecognized' });

/** An answer that brought nothing. */
export type Failure = Exclude<Answer, { kind: 'granted' | 'code' }>;

/** Whether it is open if HighLevel acted on what was presented. */
export const isOutcomeUnknown = ({ kind }: Answer): boolean =>
  kind === 'no_answer' || kind === 'server_error' || kind === 'unexpected';

/** A success whose token belongs to another place cannot be used, and leaves open what HighLevel did. */
export const granting = (place: Pick<Place, 'kind' | 'id'>, answer: Answer): Answer =>
  answer.kind === 'granted' && !isGrantFor(place, answer.grant)
    ? {
        kind: 'unexpected',
        status: answer.status,
        traceId: answer.traceId,
        text: 'the answer is a token of another place',
      }
    : answer;
