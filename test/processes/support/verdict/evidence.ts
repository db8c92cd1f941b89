import type { LedgerEntry } from '../../../../lib/testing.js';
import type { Installation } from '../../../../lib/installation/installation.js';
import type { BackendProcess } from '../backend-process.js';
import type { Chronicle, Period } from '../chronicle.js';
import type { HighLevel } from '../high-level.js';
import type { CustomerCall } from '../load.js';
import type { StoredState } from '../store-history.js';
import type { WorldName } from '../world.js';

/** Everything that was seen of a run. */
export interface Evidence {
  readonly world: WorldName;
  readonly began: number;
  readonly ended: number;
  readonly highLevel: HighLevel;
  readonly processes: readonly BackendProcess[];
  readonly chronicle: Chronicle;
  /** Whether the emergency sink worked. */
  readonly hasSink: boolean;
  /** Every state that an installation's record ever had. */
  readonly history: readonly StoredState[];
  /** Ids of the changes that the host has been told. */
  readonly told: ReadonlySet<string>;
  /** What the host last noted, by `location:…` or `company:…`. */
  readonly connections: ReadonlyMap<string, string | null>;
  readonly calls: readonly CustomerCall[];
  /** The last call for each place on each process, after all faults had stopped. */
  readonly finals: readonly CustomerCall[];
}

/** PostgreSQL's, HighLevel's and this process's clock are the same machine's; they are read at different moments. */
export const CLOCK_SLACK_MS = 10;

/** The evidence, with its pieces put in relation. */
export class Case {
  private readonly byKey = new Map<string, StoredState[]>();
  private readonly byHost: ReadonlyMap<string, BackendProcess>;
  private readonly ids = new Map<string, string>();

  constructor(readonly evidence: Evidence) {
    for (const state of evidence.history) {
      const states = this.byKey.get(state.key) ?? this.byKey.set(state.key, []).get(state.key);
      states?.push(state);
    }
    this.byHost = new Map(evidence.processes.map((process) => [process.parts.host, process]));
  }

  get keys(): readonly string[] {
    return [...this.byKey.keys()];
  }

  /** What a record was, from the first state to the last. */
  statesOf(key: string): readonly StoredState[] {
    return this.byKey.get(key) ?? [];
  }

  /** The key of the record of a place, which HighLevel calls `location:…` or `company:…`. */
  keyOf(place: string | undefined): string {
    return `installation/${this.evidence.highLevel.app.appId}/${(place ?? '').replace(':', '/')}`;
  }

  processOf({ host }: LedgerEntry): BackendProcess {
    const found = this.byHost.get(host ?? '');
    if (found === undefined) throw new Error(`No process has a door at ${host}`);
    return found;
  }

  /** The ledger's short id of a token. */
  idOf(token: string | null | undefined): string | null {
    if (token == null) return null;
    const known = this.ids.get(token);
    if (known !== undefined) return known;
    const id = this.evidence.highLevel.simulator.describeToken(token)?.id ?? 'a token that HighLevel never made';
    this.ids.set(token, id);
    return id;
  }

  refreshIdOf({ credential }: Installation): string | null {
    return this.idOf(credential?.refreshToken);
  }

  /** Whether a process could not go about its work at some time of a stretch: it was stopped, or cut off from the database. */
  trouble(process: BackendProcess, from: number, to: number): readonly Period[] {
    return this.evidence.chronicle.during(from, to, ['stopped', 'database'], process.name);
  }

  wasStopped(process: BackendProcess, from: number, to: number): boolean {
    return this.evidence.chronicle.during(from, to, ['stopped'], process.name).length > 0;
  }

  /** A moment, for people. */
  moment(at: number): string {
    return `${((at - this.evidence.began) / 1_000).toFixed(2)} s`;
  }
}
