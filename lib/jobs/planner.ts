import { CHUNK_SIZE, type Entry, type Phase } from './job.js';
import type { JobStore } from './job-store.js';

/** Cuts what is selected into pieces and stores them. @returns how many entries there are */
export async function plan(store: JobStore, id: string, entries: AsyncIterable<Entry>): Promise<number> {
  const open: [Entry[], Entry[]] = [[], []];
  const written: [number, number] = [0, 0];
  let total = 0;
  const write = async (phase: Phase): Promise<void> => {
    const chunk = { entries: open[phase], holder: null, isDone: false };
    open[phase] = [];
    await store.addChunk(id, phase, written[phase], chunk);
    written[phase] += 1;
  };
  for await (const entry of entries) {
    const phase = isCompany(entry) ? 0 : 1;
    open[phase].push(entry);
    total += 1;
    if (open[phase].length === CHUNK_SIZE) await write(phase);
  }
  for (const phase of [0, 1] as const) if (open[phase].length > 0) await write(phase);
  return total;
}

const isCompany = (entry: Entry): boolean => !('not' in entry) && entry.locationId === undefined;
