import { isRefreshable } from '../decision/ladder.js';
import {
  installationRefOf,
  type Installation,
  type InstallationStatus,
  type InstallationSummary,
} from '../installation/installation.js';

/** An installation as callers see it. */
export const summaryOf = (installation: Installation): InstallationSummary => ({
  installation: installationRefOf(installation),
  state: installation.state,
  expiresAt: installation.credential === null ? null : new Date(installation.credential.expiresAt),
  scopes: installation.credential?.scopes ?? [],
  userType: installation.credential?.userType ?? null,
  clientId: installation.clientId,
});

/** The same with everything that people and dashboards want to know. */
export function statusOf(installation: Installation, due: number | null): InstallationStatus {
  const { credential, trouble } = installation;
  return {
    ...summaryOf(installation),
    since: new Date(installation.stateSince),
    generation: installation.generation,
    origin: credential?.origin ?? null,
    obtainedAt: credential === null ? null : new Date(credential.obtainedAt),
    refreshable: isRefreshable(installation),
    trouble: trouble && {
      ...trouble,
      since: new Date(trouble.since),
      at: new Date(trouble.at),
      retryAt: trouble.retryAt === null ? null : new Date(trouble.retryAt),
    },
    due: due === null ? null : new Date(due),
    history: (installation.history ?? []).map((event) => ({ ...event, at: new Date(event.at) })),
  };
}
