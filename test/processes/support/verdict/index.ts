import { judgeGivenUp } from './given-up.js';
import { Case, type Evidence } from './evidence.js';
import { judgeHost } from './host.js';
import { explainLosses, type Loss } from './losses.js';
import { judgeRecords } from './records.js';
import { judgeRotations } from './rotations.js';

/** What a run came to. */
export interface Verdict {
  /** Everything that went against a rule. */
  readonly violations: readonly string[];
  /** Installations that only their customer could bring back, each with its story. */
  readonly losses: readonly Loss[];
}

/** Judges a run by the ledger, by the history of the store, and by what was done to the fleet. */
export function judge(evidence: Evidence): Verdict {
  const the = new Case(evidence);
  // With Reconnect nothing is lost by being given up for a while, as long as everything answers in the end.
  const losses = evidence.world === 'with Reconnect' ? [] : explainLosses(the);
  const violations = [
    ...judgeRotations(the),
    ...judgeRecords(the),
    ...judgeGivenUp(the),
    ...judgeHost(the),
    ...judgeLedger(the),
    ...judgeEnd(the, losses),
  ];
  return { violations, losses };
}

function judgeLedger({ evidence }: Case): string[] {
  const { ledger } = evidence.highLevel;
  const foreign = ledger.foreign();
  const crossed = ledger
    .calls()
    .filter(({ refusal }) => refusal === 'noLocationAccess' || refusal === 'locationNotAccessible');
  return [
    ...foreign.map(({ path, host }) => `a token that HighLevel never made came to ${path} from ${host}`),
    ...crossed.map(
      ({ path, place, bearerPlace }) => `a token of ${bearerPlace} was used for another place (${path}, ${place})`,
    ),
  ];
}

/** After all trouble every installation answers with 200, on every process; and whoever was given up meanwhile was given up for a reason. */
function judgeEnd(the: Case, losses: readonly Loss[]): string[] {
  const wrong = the.evidence.finals.filter(({ status }) => status !== 200);
  const unexplained = losses.filter(({ kind }) => kind === 'unexplained');
  return [
    ...unexplained.map(({ story }) => `lost without need: ${story}`),
    ...wrong.map(
      ({ locationId, process, status, error }) =>
        `in the end ${process} answers for ${locationId}: ${status} ${error ?? ''}`,
    ),
  ];
}
