import type { Settings } from '../config/settings.js';
import { USABLE } from '../decision/demand.js';
import { ApiClient } from '../highlevel/api-client.js';
import type { HighLevelTransport } from '../highlevel/transport.js';
import type { InstallationDirectory } from '../recovery/directory.js';
import type { InstallationStore } from '../storage/installation-store.js';
import type { RecordStore } from '../storage/record-store.js';
import { InstallationWorker, type InstallationWorkerParts } from './installation-worker.js';
import { JobStore } from './job-store.js';
import { Jobs, type JobsParts } from './jobs.js';
import type { Sources } from './selection.js';

/** Everything that recovery jobs are made of. */
export type CreateJobsParts = Omit<InstallationWorkerParts, 'api'> &
  Omit<JobsParts, 'store' | 'sources' | 'worker'> & {
    readonly settings: Settings;
    readonly records: RecordStore;
    readonly installations: InstallationStore;
    readonly directory: InstallationDirectory | undefined;
    readonly transport: Pick<HighLevelTransport, 'send'>;
  };

/** Puts recovery jobs together. Loaded only when there is a job: few processes ever have one. */
export function createJobs(parts: CreateJobsParts): Jobs {
  const { settings, records, installations, directory, transport, keeper } = parts;
  const { appId, apiBaseUrl, timeouts } = settings;
  const api = new ApiClient(transport, { apiBaseUrl, timeoutMs: timeouts.highLevelMs });
  const installedLocations: Sources['installedLocations'] = (companyId) => {
    const place = keeper.placeOf({ companyId });
    return api.installedLocations(place, appId, async () => (await keeper.obtain(place, USABLE)).accessToken);
  };
  return new Jobs({
    ...parts,
    store: new JobStore(records, appId),
    sources: { store: installations, directory, installedLocations },
    worker: new InstallationWorker({ ...parts, api }),
  });
}
