import { isGhlAuthError } from '../errors/ghl-auth-error.js';
import { INSTALLATION_FORMAT, readInstallation } from '../installation/installation-codec.js';
import type { Log } from '../logging/log.js';
import { APP_FORMAT } from '../storage/app-store.js';
import type { GhlAuthRecord } from '../storage/ghl-auth.repository.js';
import { INSTALLATION_KIND } from '../storage/installation-store.js';
import { KINDS, prefixOf } from '../storage/kinds.js';
import type { OpenRecord, RecordStore } from '../storage/record-store.js';
import type { KeyRing } from './key-ring.js';
import { sealedWith } from './sealing-codec.js';

/** Bounds of one run of resealing. */
export interface ResealOptions {
  /**
   * At most so many records are sealed anew; a further run goes on.
   * @default no limit
   */
  readonly limit?: number;
  /** Ends the run after the record that is under way. */
  readonly signal?: AbortSignal;
}

/** What one run of resealing did, and what is left to do. */
export interface ResealReport {
  /** The id of the key that records are sealed with now; `null` where they are stored unsealed. */
  readonly keyId: string | null;
  /** Records of this app that were looked at. */
  readonly looked: number;
  /** Records that were sealed anew. */
  readonly resealed: number;
  /** Records that could not be opened. They were left as they are; the log names them. */
  readonly unreadable: number;
  /** Of the records that were looked at, how many are still sealed with another key than the present one, by its id. */
  readonly remainingByKeyId: Readonly<Record<string, number>>;
  /** Of the records that were looked at, how many are still in an envelope that names no key: not sealed, or damaged. */
  readonly remainingWithoutKey: number;
  /** Whether every record was looked at. */
  readonly complete: boolean;
  /**
   * Keys that none of this app's records needs any more; none where the run was not complete. One can be removed when every instance
   * seals with the present key, and every app that shares it says the same.
   */
  readonly unusedKeyIds: readonly string[];
}

const PAGE = 200;
const MAX_CONFLICTS = 5;

type Outcome = 'resealed' | 'done' | 'unreadable' | 'contended';

/** What has been counted so far. */
class Tally {
  looked = 0;
  resealed = 0;
  unreadable = 0;
  withoutKey = 0;
  isComplete = true;
  readonly byKeyId = new Map<string, number>();

  /** @param keyId what it was sealed with before */
  count(outcome: Outcome, keyId: string | null | undefined): void {
    if (outcome === 'resealed') this.resealed += 1;
    if (outcome === 'unreadable') this.unreadable += 1;
    if (outcome === 'resealed' || outcome === 'done') return;
    if (typeof keyId === 'string') this.byKeyId.set(keyId, (this.byKeyId.get(keyId) ?? 0) + 1);
    else this.withoutKey += 1;
  }
}

/**
 * The pass that seals anew what is not sealed with the present key. It changes nothing but the envelope, by the conditional save: what
 * somebody else stores meanwhile is never undone. It keeps no place of its own, so that it can end anywhere and begin anywhere.
 * @internal
 */
export class RecordSealer {
  private readonly stopping = new AbortController();
  private running: Promise<ResealReport> | null = null;

  constructor(
    private readonly appId: string,
    private readonly records: RecordStore,
    private readonly ring: KeyRing,
    private readonly log: Log,
  ) {}

  /** Runs once; a run that is under way is joined, not doubled. @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_SEALING_FAILED` */
  reseal(options: ResealOptions = {}): Promise<ResealReport> {
    this.running ??= this.run(options).finally(() => (this.running = null));
    return this.running;
  }

  /** Starts nothing further. Resolves when no run is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running?.catch(() => undefined);
  }

  private async run({ limit = Number.POSITIVE_INFINITY, signal }: ResealOptions): Promise<ResealReport> {
    const keyId = (await this.ring.current())?.id ?? null;
    const tally = new Tally();
    for await (const record of this.recordsOfApp()) {
      if (tally.resealed >= limit || signal?.aborted || this.stopping.signal.aborted) {
        tally.isComplete = false;
        break;
      }
      tally.looked += 1;
      const before = sealedWith(record.body);
      tally.count(before === keyId ? 'done' : await this.resealOne(record, keyId), before);
    }
    return this.report(tally, keyId);
  }

  private report(tally: Tally, keyId: string | null): ResealReport {
    const { looked, resealed, unreadable, withoutKey, isComplete, byKeyId } = tally;
    const unused = this.ring.ids.filter((id) => id !== keyId && !byKeyId.has(id));
    const report = {
      keyId,
      looked,
      resealed,
      unreadable,
      remainingByKeyId: Object.fromEntries(byKeyId),
      remainingWithoutKey: withoutKey,
      complete: isComplete,
      unusedKeyIds: isComplete ? unused : [],
    };
    this.log.info('Records have been sealed anew', report);
    return report;
  }

  private async *recordsOfApp(): AsyncGenerator<GhlAuthRecord> {
    const app = await this.records.findUnopened(`app/${this.appId}`);
    if (app !== null) yield app;
    for (const kind of KINDS)
      for await (const page of this.records.pages(prefixOf(kind, this.appId), { kind, limit: PAGE })) yield* page;
  }

  /** @param keyId what it should be sealed with */
  private async resealOne(found: GhlAuthRecord, keyId: string | null): Promise<Outcome> {
    let record: GhlAuthRecord | null = found;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      if (record === null || sealedWith(record.body) === keyId) return 'done';
      const opened: OpenRecord | null = await this.open(record);
      if (opened === null) return 'unreadable';
      if (await this.save(opened)) return 'resealed';
      record = await this.records.findUnopened(record.key);
    }
    return 'contended';
  }

  private async open(record: GhlAuthRecord): Promise<OpenRecord | null> {
    try {
      return await this.records.open(record, record.kind === 'app' ? APP_FORMAT : INSTALLATION_FORMAT);
    } catch (error) {
      if (!isGhlAuthError(error, 'GHL_RECORD_UNREADABLE')) throw error;
      this.log.error('A stored record cannot be sealed anew: it is left as it is', {
        key: record.key,
        problem: error.message,
      });
      return null;
    }
  }

  private async save({ record, text, credentialId }: OpenRecord): Promise<boolean> {
    const { kind, key, group, due, format, locationId, companyId, clientId, state, expiresAt } = record;
    const draft = { kind, key, group, due, format, body: text, locationId, companyId, clientId, state, expiresAt };
    const credential = credentialId === undefined ? credentialIn(record, text) : credentialId;
    return (await this.records.save(draft, record.version, credential)) !== null;
  }
}

/** What was not sealed before does not say whose secrets are in it. */
const credentialIn = ({ kind }: GhlAuthRecord, text: string): string | null =>
  kind === INSTALLATION_KIND ? (readInstallation(text)?.credential?.id ?? null) : null;
