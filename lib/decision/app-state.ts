import type { Pauses } from './pause.js';

/** A way that HighLevel closed for a client id. */
export interface ClosedRung {
  /** Since when (ms since the epoch). */
  readonly since: number;
  /** When one installation may try it again. */
  readonly nextTryAt: number;
  /** HighLevel's id of the call that it was closed with: what its support asks for. */
  readonly traceId?: string;
}

/** What HighLevel has said about the app rather than about an installation: the body of an `app` record, format 1. */
export interface AppState {
  /** Reconnect, by client id, where HighLevel answered that the endpoint has been removed. */
  readonly reconnect: Readonly<Record<string, ClosedRung>>;
  /** Client ids whose secret was refused, with no success between. */
  readonly clients: Readonly<Record<string, RefusedClient>>;
  /** What people have paused. */
  readonly pauses: Pauses;
}

/** A client id whose secret was refused. */
export interface RefusedClient {
  /** By which installations. */
  readonly refusedBy: readonly string[];
  readonly closed: ClosedRung | null;
  /** A fingerprint of the secret: another one has not been refused. */
  readonly secret: string | null;
}

export const EMPTY_APP_STATE: AppState = { reconnect: {}, clients: {}, pauses: {} };

/** What was learnt about a client id. */
export type AppNews =
  /** `client_answered`: HighLevel spoke of the installation, not of the client: a refused grant, a place that is not active. */
  | { readonly news: 'reconnect_answered' | 'client_accepted' | 'client_answered'; readonly clientId: string }
  | { readonly news: 'reconnect_removed'; readonly clientId: string; readonly traceId?: string | undefined }
  | {
      readonly news: 'client_refused';
      readonly clientId: string;
      /** Of the installation. */
      readonly key: string;
      /** A fingerprint of the secret. */
      readonly secret: string | null;
    };

const without = <T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

/**
 * The app after some news. Returns the same object where nothing changed, so that nothing needs to be stored. The first
 * success of a client id forgets its refusals.
 */
export function applyNews(
  app: AppState,
  item: AppNews,
  now: number,
  { closedRungTryMs, clientRefusals }: { readonly closedRungTryMs: number; readonly clientRefusals: number },
): AppState {
  const { clientId } = item;
  switch (item.news) {
    case 'reconnect_answered':
      return app.reconnect[clientId] ? { ...app, reconnect: without(app.reconnect, clientId) } : app;
    case 'client_accepted':
      return app.clients[clientId] ? { ...app, clients: without(app.clients, clientId) } : app;
    // No success, which would forgive refusals; but a closed client id may be tried by everybody again.
    case 'client_answered':
      return app.clients[clientId]?.closed ? { ...app, clients: without(app.clients, clientId) } : app;
    case 'reconnect_removed': {
      const before = app.reconnect[clientId];
      // Closed already, and the next try is set: what many hear at once is written once.
      if (before !== undefined && now < before.nextTryAt) return app;
      const { traceId = before?.traceId } = item;
      const closed: ClosedRung = {
        since: before?.since ?? now,
        nextTryAt: now + closedRungTryMs,
        ...(traceId && { traceId }),
      };
      return { ...app, reconnect: { ...app.reconnect, [clientId]: closed } };
    }
    case 'client_refused': {
      const known = app.clients[clientId];
      const before = known?.secret === item.secret ? known : undefined;
      if (before?.closed && now < before.closed.nextTryAt) return app;
      // The same installation again says nothing new about the client id.
      if (before?.closed === null && before.refusedBy.includes(item.key)) return app;
      const refusedBy = [...new Set([...(before?.refusedBy ?? []), item.key])].slice(-clientRefusals);
      const isClosed = before?.closed || refusedBy.length >= clientRefusals;
      const closed = isClosed ? { since: before?.closed?.since ?? now, nextTryAt: now + closedRungTryMs } : null;
      return { ...app, clients: { ...app.clients, [clientId]: { refusedBy, closed, secret: item.secret } } };
    }
  }
}

/** The app after one installation has claimed the next try of a closed rung. */
export function claimTry(app: AppState, rung: 'reconnect' | 'clients', clientId: string, nextTryAt: number): AppState {
  if (rung === 'reconnect') {
    const closed = app.reconnect[clientId];
    return closed ? { ...app, reconnect: { ...app.reconnect, [clientId]: { ...closed, nextTryAt } } } : app;
  }
  const client = app.clients[clientId];
  return client?.closed
    ? { ...app, clients: { ...app.clients, [clientId]: { ...client, closed: { ...client.closed, nextTryAt } } } }
    : app;
}
