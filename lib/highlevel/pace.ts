import { retryAfterMs } from '../decision/classify-oauth.js';
import { faster, firstPacing, slower, type Pacing, type PacingRules } from '../decision/pacing.js';
import { isInBulk } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import type { HighLevelRequest, HighLevelResponse, HighLevelTransport } from './transport.js';

/** Work that holds a lease does not wait for longer: then the call is made all the same. */
const MAX_WAIT_MS = 3_000;
/** What is late catches up, but not by more than that part of a second which a known limit leaves. */
const SLACK_MS = 30;
const SECOND_MS = 1_000;

/**
 * How fast this process calls HighLevel. Calls in bulk take turns; a call that somebody waits for is made at once, and those
 * in bulk make room for it. Slower after a 429, faster again by itself.
 */
export class Pace {
  private pacing: Pacing;
  private rules: PacingRules;
  private processes = 1;
  private readonly caps = new Set<{ readonly limit: number }>();
  /** When the next call in bulk may be sent (monotonic ms). */
  private nextAt = Number.NEGATIVE_INFINITY;
  private readonly waiting: { readonly go: () => void; readonly until: number }[] = [];
  private readonly taken: number[] = [];
  /** Calls per second that the whole app may make; `null`: not known. */
  private limit: number | null = null;

  constructor(private readonly clock: Clock) {
    this.rules = { limit: null };
    this.pacing = firstPacing(this.rules, clock.monotonic());
  }

  /** Calls per second in bulk, as of now. */
  get rate(): number {
    return this.pacing.rate;
  }

  /** Takes turns from now on also where no limit is known. @param limit calls per second that the work in bulk may make at most */
  engage(limit: number | null): () => void {
    const cap = { limit: limit ?? Number.POSITIVE_INFINITY };
    this.caps.add(cap);
    this.adapt();
    return () => {
      this.caps.delete(cap);
      this.adapt();
    };
  }

  /** This process is one of so many that share the limit. */
  share(processes: number): void {
    if (processes === this.processes) return;
    this.processes = processes;
    this.adapt();
  }

  /** What HighLevel says of its limit, in calls per second of the whole app. */
  learn(limit: number | null): void {
    if (limit === null || limit === this.limit) return;
    this.limit = limit;
    this.adapt();
  }

  /** Resolves when HighLevel takes calls again: before anything is begun that would have to wait. */
  async open(signal?: AbortSignal): Promise<void> {
    for (let now = this.clock.monotonic(); now < this.pacing.heldUntil; now = this.clock.monotonic()) {
      if (signal?.aborted) return;
      await this.clock.sleep(this.pacing.heldUntil - now, signal && { signal });
    }
  }

  /** Resolves when a call in bulk may be sent, in the order in which they come. */
  turn(): Promise<void> {
    const now = this.clock.monotonic();
    if (!this.isPaced && now >= this.pacing.heldUntil) return Promise.resolve();
    this.pacing = faster(this.pacing, this.rules, this.waiting.length > 0, now);
    return new Promise((go) => {
      this.waiting.push({ go, until: now + MAX_WAIT_MS });
      if (this.waiting.length === 1) void this.letGo();
    });
  }

  /** A call that somebody waits for is being sent. */
  madeRoom(): void {
    if (this.isPaced) this.spend(this.clock.monotonic());
  }

  /** HighLevel has taken a call. */
  onTaken(): void {
    if (!this.isPaced) return;
    const now = this.clock.monotonic();
    this.forgetBefore(now - SECOND_MS);
    this.taken.push(now);
  }

  /** HighLevel has refused a call with 429. */
  onLimited(retryAfterMs: number | null): void {
    const now = this.clock.monotonic();
    this.forgetBefore(now - SECOND_MS);
    this.pacing = slower(this.pacing, this.taken.length, retryAfterMs, now);
  }

  /** One after the other, on one timer: what is learnt meanwhile holds for all who wait. */
  private async letGo(): Promise<void> {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      const now = this.clock.monotonic();
      const at = Math.min(Math.max(this.nextAt, this.pacing.heldUntil), first.until);
      if (at > now) {
        await this.clock.sleep(at - now);
        continue;
      }
      this.spend(now);
      this.waiting.shift();
      first.go();
    }
  }

  /** Calls that are made all the same, faster than the pace, leave no debt that keeps others waiting for minutes. */
  private spend(now: number): void {
    const next = Math.max(this.nextAt, now - SLACK_MS) + SECOND_MS / this.pacing.rate;
    this.nextAt = Math.min(next, now + MAX_WAIT_MS);
  }

  private get isPaced(): boolean {
    return this.caps.size > 0 || this.limit !== null;
  }

  private adapt(): void {
    const limit = Math.min(this.limit ?? Number.POSITIVE_INFINITY, ...[...this.caps].map((cap) => cap.limit));
    const part = Number.isFinite(limit) ? limit / this.processes : null;
    if (part === this.rules.limit && this.caps.size > 0) return;
    const { heldUntil } = this.pacing;
    this.rules = { limit: part };
    const first = firstPacing(this.rules, this.clock.monotonic());
    this.pacing = { ...first, heldUntil: Math.max(heldUntil, first.heldUntil) };
  }

  private forgetBefore(moment: number): void {
    let old = 0;
    while (old < this.taken.length && (this.taken[old] as number) < moment) old += 1;
    this.taken.splice(0, old);
  }
}

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
    // With a bearer token the headers speak of one place; without, of the app.
    if (!('authorization' in request.headers)) pace.learn(limitOf(headers));
    return response;
  }
}

/** Calls per second that the headers allow, if they say so. */
const limitOf = (headers: HighLevelResponse['headers']): number | null => {
  const limit = (Number(headers['x-ratelimit-max']) * 1_000) / Number(headers['x-ratelimit-interval-milliseconds']);
  return Number.isFinite(limit) && limit > 0 ? limit : null;
};
