import type { HighLevelSimulator } from '../../../lib/testing.js';
import type { Chronicle } from './chronicle.js';
import type { HistoryClock } from './history-clock.js';
import type { Interleaving } from './interleaving.js';
import type { StoreLog } from './store-log.js';

/** What all instances share, and what looks on. */
export interface Surroundings {
  readonly chronicle: Chronicle;
  readonly clock: HistoryClock;
  readonly interleaving: Interleaving;
  readonly simulator: HighLevelSimulator;
  readonly store: StoreLog;
}
