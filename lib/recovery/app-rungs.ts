import { applyNews, claimTry, type AppNews, type AppState } from '../decision/app-state.js';
import { EMPTY_APP_STATE } from '../decision/app-state.js';
import type { Policy } from '../decision/policy.js';
import { scrubError } from '../errors/scrub.js';
import type { Log } from '../logging/log.js';
import type { AppStore, StoredApp } from '../storage/app-store.js';
import type { Clock } from '../time/clock.js';

/** What can be closed for a client id: Reconnect alone, or all that needs its secret. */
export type AppRung = 'reconnect' | 'clients';

/** So long what was read of the app is relied on: a storm of dead installations costs a read every few seconds. */
const FRESH_MS = 2_000;
const MAX_SAVES = 5;

/** What HighLevel has closed for the app's client ids, shared by the fleet through the app's record. */
export class AppRungs {
  private stored: StoredApp = { version: null, app: EMPTY_APP_STATE };
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;
  private complainedOf: string | null = null;

  constructor(
    private readonly store: AppStore,
    private readonly policy: Policy,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** When the rung may be tried again for this client id; `null` where it is open. As last seen by {@link refresh}. */
  closedUntil(rung: AppRung, clientId: string): number | null {
    const { app } = this.stored;
    return (rung === 'reconnect' ? app.reconnect[clientId] : app.clients[clientId]?.closed)?.nextTryAt ?? null;
  }

  /** HighLevel's id of the call that Reconnect was closed with for this client id. */
  closedBy(clientId: string): string | undefined {
    return this.stored.app.reconnect[clientId]?.traceId;
  }

  /** Reads the record anew where it was not read just now. A store that fails leaves what was known. */
  async refresh(): Promise<void> {
    if (this.clock.monotonic() - this.readAt < FRESH_MS) return;
    this.reading ??= this.read()
      .catch((error: unknown) => {
        this.readAt = this.clock.monotonic();
        this.complain(error);
      })
      .finally(() => (this.reading = null));
    await this.reading;
  }

  /** Whether these rungs may be tried now: they are open, or this caller has claimed the next try of the closed ones for the whole fleet. */
  async mayTry(clientId: string, ...rungs: readonly AppRung[]): Promise<boolean> {
    await this.refresh();
    const now = this.clock.now();
    const closed = rungs.filter((rung) => this.closedUntil(rung, clientId) !== null);
    if (closed.length === 0) return true;
    if (closed.some((rung) => now < (this.closedUntil(rung, clientId) as number))) return false;
    const nextTryAt = now + this.policy.closedRungTryMs;
    const claim = closed.reduce((app, rung) => claimTry(app, rung, clientId, nextTryAt), this.stored.app);
    try {
      const claimed = await this.store.save(this.stored, claim);
      if (claimed === null) await this.read();
      else this.stored = claimed;
      return claimed !== null;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** Takes in what an answer says about the app. Does not fail: if it cannot be stored, HighLevel will say it again. */
  async learn(news: AppNews): Promise<void> {
    try {
      for (let attempt = 0; attempt < MAX_SAVES; attempt += 1) {
        const before = this.stored;
        const next = this.apply(news);
        if (next === before.app) return;
        const saved = await this.store.save(before, next);
        if (saved !== null) {
          this.stored = saved;
          this.announce(before.app, next, news.clientId);
          return;
        }
        await this.read();
      }
    } catch (error) {
      this.stored = { ...this.stored, app: this.apply(news) };
      this.complain(error);
    }
  }

  private apply(news: AppNews): AppState {
    return applyNews(this.stored.app, news, this.clock.now(), this.policy);
  }

  private async read(): Promise<void> {
    this.stored = await this.store.find();
    this.complainedOf = null;
    this.readAt = this.clock.monotonic();
  }

  private announce(before: AppState, after: AppState, clientId: string): void {
    const closed = (app: AppState): string =>
      [app.reconnect[clientId] ? 'Reconnect' : '', app.clients[clientId]?.closed ? 'client secret' : '']
        .filter(Boolean)
        .join(' and ');
    const [was, is] = [closed(before), closed(after)];
    if (was === is) return;
    if (is.length > was.length) this.log.error(`HighLevel refuses for this client id: ${is}`, { clientId });
    else this.log.info('HighLevel accepts this client id again', { clientId, was });
  }

  /** Once for as long as it stays so: it is read again every few seconds where installations are in trouble. */
  private complain(error: unknown): void {
    const { message } = scrubError(error);
    if (message === this.complainedOf) return;
    this.complainedOf = message;
    this.log.warn('The record of the app could not be read or stored', { error: message });
  }
}
