import { readAnswer } from './answer-text.js';
import { classifyApiAnswer, isRepairable } from './classify-api.js';

/**
 * What HighLevel's answer to a request for a place says about the token that it carried.
 *
 * - `lives`: HighLevel knows it; also where it refuses it the scope or the place
 * - `expired`, `unclear`: it does not, in words that are known or not
 * - `unknown`: nothing
 */
export type ProbeVerdict = 'lives' | 'expired' | 'unclear' | 'unknown';

/** Only JSON is HighLevel's own word: a page for people is a server's in between. */
export function classifyProbe(status: number, body: string): ProbeVerdict {
  if (status === 401) {
    const verdict = classifyApiAnswer(status, body);
    if (verdict === 'version_header') return 'unknown';
    return isRepairable(verdict) ? verdict : 'lives';
  }
  if (status === 408 || status === 429 || status >= 500 || status < 200) return 'unknown';
  if (status >= 300) return status >= 400 && readAnswer(body).json !== null ? 'lives' : 'unknown';
  return 'lives';
}
