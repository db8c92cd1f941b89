import { applyNews, claimTry, type AppNews, type AppState, type ClosedRung } from '../decision/app-state.js';
import type { Policy } from '../decision/policy.js';
import type { ClientPairs } from '../highlevel/client-pairs.js';
import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { AppRecord } from './app-record.js';

/** What can be closed for a client id: Reconnect alone, or all that needs its secret. */
export type AppRung = 'reconnect' | 'clients';

const MAX_CLAIMS = 5;

const NAMES: Readonly<Record<AppRung, string>> = { reconnect: 'Reconnect', clients: 'client secret' };

/** Everything that knowing closed rungs needs. */
export interface AppRungsParts {
  readonly record: AppRecord;
  readonly clients: ClientPairs;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Log;
  /** Is told when something opens that was closed for a client id. */
  readonly onOpened: (rung: AppRung, clientId: string) => void;
}

/** What HighLevel has closed for the app's client ids, shared by the fleet through the app's record. */
export class AppRungs {
  constructor(private readonly parts: AppRungsParts) {}

  /** When the rung may be tried again for this client id; `null` where it is open. As last seen by {@link refresh}. */
  closedUntil(rung: AppRung, clientId: string): number | null {
    return this.closedFor(this.parts.record.app, rung, clientId)?.nextTryAt ?? null;
  }

  /** HighLevel's id of the call that Reconnect was closed with for this client id. */
  closedBy(clientId: string): string | undefined {
    return this.parts.record.app.reconnect[clientId]?.traceId;
  }

  /** Reads anew what the fleet knows, where that was not read just now. */
  refresh(): Promise<void> {
    return this.parts.record.refresh();
  }

  /** Whether these rungs may be tried now: they are open, or this caller has claimed the next try of the closed ones for the whole fleet. */
  async mayTry(clientId: string, ...rungs: readonly AppRung[]): Promise<boolean> {
    const { record, clients, policy, clock } = this.parts;
    await record.refresh();
    // A secret that was refused may have been replaced since: what is closed is closed for the old one.
    if (rungs.includes('clients') && this.closedUntil('clients', clientId) !== null) await clients.renew(clientId);
    // A claim that is lost to somebody else's news is no answer: what was closed may be open by now.
    for (let claims = 0; claims < MAX_CLAIMS; claims += 1) {
      const now = clock.now();
      const closed = rungs.filter((rung) => this.closedUntil(rung, clientId) !== null);
      if (closed.length === 0) return true;
      if (closed.some((rung) => now < (this.closedUntil(rung, clientId) as number))) return false;
      const nextTryAt = now + policy.closedRungTryMs;
      const { app: known } = record;
      if (await record.claim(closed.reduce((app, rung) => claimTry(app, rung, clientId, nextTryAt), known)))
        return true;
      if (record.app === known) return false;
    }
    return false;
  }

  /** Takes in what an answer says about the app. Does not fail: if it cannot be stored, HighLevel will say it again. */
  async learn(news: AppNews): Promise<void> {
    const { record, policy, clock } = this.parts;
    const { before, after } = await record.changeIfPossible((app) => applyNews(app, news, clock.now(), policy));
    this.announce(before, after, news.clientId);
  }

  private announce(before: AppState, after: AppState, clientId: string): void {
    const { log, onOpened } = this.parts;
    for (const rung of ['reconnect', 'clients'] as const) {
      const [was, is] = [before, after].map((app) => closedIn(app, rung, clientId) !== undefined);
      if (was === is) continue;
      if (is) log.error(`HighLevel refuses for this client id: ${NAMES[rung]}`, { clientId });
      else {
        log.info('HighLevel accepts this client id again', { clientId, was: NAMES[rung] });
        onOpened(rung, clientId);
      }
    }
  }

  /** A refused secret closes the client id for itself, and for no other secret. */
  private closedFor(app: AppState, rung: AppRung, clientId: string): ClosedRung | undefined {
    const isOfOtherSecret =
      rung === 'clients' && app.clients[clientId]?.secret !== this.parts.clients.fingerprintOf(clientId);
    return isOfOtherSecret ? undefined : closedIn(app, rung, clientId);
  }
}

const closedIn = (app: AppState, rung: AppRung, clientId: string): ClosedRung | undefined =>
  (rung === 'reconnect' ? app.reconnect[clientId] : app.clients[clientId]?.closed) ?? undefined;
