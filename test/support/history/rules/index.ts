import type { Evidence } from '../evidence.js';
import { pausesAreObeyed } from './pause.js';
import { rule01OneRotationAtATime } from './rule-01.js';
import { rule02KnownOutcomes } from './rule-02.js';
import { rule03NeverThrownAway } from './rule-03.js';
import { rule04NeverBackwards } from './rule-04.js';
import { rule05RunsToItsEnd } from './rule-05.js';
import { rule07OwnTokensOnly } from './rule-07.js';
import { rule08DeadCostsNothing } from './rule-08.js';
import { rule09NoSecrets } from './rule-09.js';
import { rule10TroubleKillsNobody } from './rule-10.js';

/**
 * The ten rules and the pause, as far as a history shows them. Rule 6 (an API call is replayed at most once) is about requests that this
 * model does not make: `rules/rule-06-replayed-once.test.ts` and `integration/http/replays.test.ts`.
 */
export const RULES: readonly (readonly [rule: string, broken: (evidence: Evidence) => string[]])[] = [
  ['rule 1', rule01OneRotationAtATime],
  ['rule 2', rule02KnownOutcomes],
  ['rule 3', rule03NeverThrownAway],
  ['rule 4', rule04NeverBackwards],
  ['rule 5', rule05RunsToItsEnd],
  ['rule 7', rule07OwnTokensOnly],
  ['rule 8', rule08DeadCostsNothing],
  ['rule 9', rule09NoSecrets],
  ['rule 10', rule10TroubleKillsNobody],
  ['pause', pausesAreObeyed],
];
