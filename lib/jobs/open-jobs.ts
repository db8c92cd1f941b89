import { prefixOf } from '../storage/kinds.js';
import type { RecordStore } from '../storage/record-store.js';

/** What is open is due at once; by that it is found without a look at what is done. */
export const OPEN = new Date(0);
export const OPEN_BEFORE = new Date(1);

/** Whether any job is under way in the fleet. One page of one record, mostly of none. */
export async function hasOpenJobs(records: RecordStore, appId: string): Promise<boolean> {
  const query = { kind: 'job', group: appId, dueBefore: OPEN_BEFORE, limit: 1 };
  for await (const page of records.pages(prefixOf('job', appId), query)) return page.length > 0;
  return false;
}
