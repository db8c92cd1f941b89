import { retryAfterMs } from '../decision/classify-oauth.js';
import { isInBulk } from '../time/bulk.js';
import type { Pace } from './pace.js';
import type { HighLevelRequest, HighLevelResponse, HighLevelTransport } from './transport.js';

/** Sends every call at the pace that HighLevel takes. */
export class PacedTransport implements Pick<HighLevelTransport, 'send'> {
  constructor(
    private readonly transport: HighLevelTransport,
    private readonly pace: Pace,
  ) {}

  async send(request: HighLevelRequest): Promise<HighLevelResponse> {
    const { pace } = this;
    if (isInBulk()) await pace.turn();
    else pace.madeRoom();
    const response = await this.transport.send(request);
    const { status, headers } = response;
    if (status === 429) pace.onLimited(retryAfterMs(headers));
    else pace.onTaken();
    // On API calls the headers speak of one location; on OAuth calls of the app.
    if (request.url.includes('/oauth/')) pace.learn(limitOf(headers));
    return response;
  }
}

/** Calls per second that the headers allow, if they say so. */
const limitOf = (headers: HighLevelResponse['headers']): number | null => {
  const limit = (Number(headers['x-ratelimit-max']) * 1_000) / Number(headers['x-ratelimit-interval-milliseconds']);
  return Number.isFinite(limit) && limit > 0 ? limit : null;
};
