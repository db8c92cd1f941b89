import type { LedgerDraft } from '../ledger/ledger-entry.js';
import type { ParsedRequest } from '../wire.js';
import type { FaultAction, FaultHandle, FaultMatch, FaultOptions } from './fault.js';

class Fault implements FaultHandle {
  hits = 0;
  readonly match: FaultMatch;
  readonly action: FaultAction;
  private left: number;

  constructor(options: FaultOptions) {
    this.match = options.match ?? {};
    this.action = typeof options.do === 'string' ? { kind: options.do } : options.do;
    this.left = options.times === 'forever' ? Infinity : (options.times ?? 1);
  }

  get over(): boolean {
    return this.left <= 0;
  }

  take(): void {
    this.hits++;
    this.left--;
  }

  end(): void {
    this.left = 0;
  }
}

/** What the scripted faults say about one request. */
export interface FaultVerdict {
  readonly delayMs: number;
  /** The first one that does more than delay. */
  readonly action: FaultAction | undefined;
}

const HONEST: FaultVerdict = { delayMs: 0, action: undefined };

/** Scripted faults, in the order in which they were set up. */
export class FaultList {
  private faults: Fault[] = [];

  add(options: FaultOptions): FaultHandle {
    const fault = new Fault(options);
    this.faults.push(fault);
    return fault;
  }

  clear(): void {
    for (const fault of this.faults) fault.end();
    this.faults = [];
  }

  judge(request: ParsedRequest, draft: LedgerDraft): FaultVerdict {
    if (this.faults.length === 0) return HONEST;
    let delayMs = 0;
    let action: FaultAction | undefined;
    for (const fault of this.faults) {
      if (fault.over || !matches(fault.match, request, draft)) continue;
      fault.take();
      delayMs += fault.action.delayMs ?? 0;
      if (!onlyDelays(fault.action)) {
        action = fault.action;
        break;
      }
    }
    this.faults = this.faults.filter((fault) => !fault.over);
    return { delayMs, action };
  }
}

function onlyDelays({ kind, status, answer, retryAfter }: FaultAction): boolean {
  return kind === undefined && status === undefined && answer === undefined && retryAfter === undefined;
}

function matches(match: FaultMatch, request: ParsedRequest, draft: LedgerDraft): boolean {
  return (
    matchesPath(match.path, draft) &&
    (match.method === undefined || match.method.toUpperCase() === draft.method) &&
    (match.locationId === undefined || draft.place === `location:${match.locationId}`) &&
    (match.companyId === undefined || draft.place === `company:${match.companyId}`) &&
    (match.clientId === undefined || draft.clientId === match.clientId) &&
    (match.grantType === undefined || draft.grant === match.grantType) &&
    (match.when === undefined || match.when(request, draft))
  );
}

function matchesPath(path: FaultMatch['path'], draft: LedgerDraft): boolean {
  if (path === undefined) return true;
  if (typeof path !== 'string') return path.test(draft.path);
  if (path === 'oauth') return ['token', 'reconnect', 'mint'].includes(draft.endpoint);
  return path === 'api' ? draft.endpoint === 'api' : path === draft.path;
}
