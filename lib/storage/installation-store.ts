import { dueOf } from '../decision/due.js';
import { noted } from '../decision/history.js';
import type { RenewalWindows } from '../decision/renewal.js';
import type { SweepWindows } from '../decision/sweep.js';
import type { GhlAuthError } from '../errors/ghl-auth-error.js';
import { INSTALLATION_FORMAT, readInstallation, writeInstallation } from '../installation/installation-codec.js';
import type { Installation } from '../installation/installation.js';
import type { Clock } from '../time/clock.js';
import { installationPrefix } from '../installation/installation-ref.js';
import { storeFailed, unreadable as unreadableRecord, type OpenRecord, type RecordStore } from './record-store.js';

/** The kind of these records. */
export const INSTALLATION_KIND = 'installation';
/** Every conflict means that somebody else has stored something: so many in a row mean that the repository is wrong. */
const MAX_CONFLICTS = 25;

/** An installation together with the version under which it is stored; `null` where it is not stored yet. */
export interface Stored {
  readonly key: string;
  readonly version: number | null;
  readonly installation: Installation;
}

/** What became of a change. */
export interface Changed {
  /** What is stored now; `null`: nothing is. */
  readonly stored: Stored | null;
  /** What it was made on. */
  readonly before: Installation | null;
  /** Whether it was made, or had become pointless. */
  readonly isSaved: boolean;
}

/** Makes the next state of what is stored (`null`: nothing is); `null` where the change has become pointless. */
export type Change = (found: Installation | null) => Installation | null;

/** Installations in the repository. */
export class InstallationStore {
  constructor(
    private readonly records: RecordStore,
    private readonly clock: Clock,
    private readonly settings: {
      readonly appId: string;
      readonly windows: RenewalWindows & SweepWindows;
      /** Whether there is somebody to tell of changes; otherwise nothing waits in the record to be told. */
      readonly keepUntold: boolean;
    },
  ) {}

  /** Whether what it saves keeps the changes that are to be told. */
  get keepsUntold(): boolean {
    return this.settings.keepUntold;
  }

  /** The latest committed state, or `null`. @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_RECORD_UNREADABLE` */
  async find(key: string): Promise<Stored | null> {
    const found = await this.records.find(key, INSTALLATION_FORMAT);
    return found === null ? null : toStored(found);
  }

  /** Stores if nothing else was stored since. @returns what is stored now, or `null` at a conflict */
  async save(stored: Stored, next: Installation): Promise<Stored | null> {
    const { key } = stored;
    const before = stored.version === null ? null : stored.installation;
    const installation = { ...next, history: noted(before, next, this.clock.now()) };
    const written = this.keepsUntold ? installation : { ...installation, untold: [] };
    const due = this.dueOf({ ...stored, installation: written });
    const version = await this.records.save(
      {
        kind: INSTALLATION_KIND,
        key,
        group: installation.locationId === null ? null : installation.companyId,
        due: due === null ? null : new Date(due),
        format: INSTALLATION_FORMAT,
        body: writeInstallation(written),
        locationId: installation.locationId,
        companyId: installation.companyId,
        clientId: installation.clientId,
        state: installation.state,
        expiresAt: installation.credential === null ? null : new Date(installation.credential.expiresAt),
      },
      stored.version,
      credentialIn(installation),
    );
    return version === null ? null : { key, version, installation };
  }

  /**
   * Saves a change on top of whatever is stored, again while others write other things.
   * @param from the record as it was last seen: it is read anew only after a conflict
   * @throws {GhlAuthError} `GHL_STORE_FAILED`, also where conflicts do not end
   */
  async change(from: Stored, change: Change): Promise<Changed> {
    let current = from.version === null ? null : from;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const before = current?.installation ?? null;
      const next = change(before);
      if (next === null) return { stored: current, before, isSaved: false };
      const saved = await this.save(current ?? { ...from, version: null }, next);
      if (saved !== null) return { stored: saved, before, isSaved: true };
      current = await this.find(from.key);
    }
    throw endlessConflict();
  }

  /** When a record next needs attention, as of now (ms since the epoch). */
  dueOf({ key, installation }: Stored): number | null {
    return dueOf(installation, key, this.settings.windows, this.clock.now());
  }

  /** Pages through this app's installations, of one company if named, in the order of their keys. What cannot be read is passed over. */
  async *pages(query: {
    readonly companyId?: string;
    readonly dueBefore?: Date;
    readonly limit: number;
    /** Is told how many records of each page were passed over. */
    readonly onUnreadable?: (count: number) => void;
  }): AsyncGenerator<readonly Stored[]> {
    const { companyId, dueBefore, limit, onUnreadable } = query;
    const prefix = installationPrefix(this.settings.appId);
    const selected = {
      kind: INSTALLATION_KIND,
      limit,
      ...(companyId === undefined ? {} : { group: companyId }),
      ...(dueBefore === undefined ? {} : { dueBefore }),
    };
    for await (const page of this.records.pages(prefix, selected)) {
      const { found, unreadable } = await this.records.openAll(page, INSTALLATION_FORMAT, toStored);
      onUnreadable?.(unreadable);
      yield found;
    }
  }
}

const credentialIn = ({ credential }: Installation): string | null => credential?.id || null;

/** A row that was pasted under another key must not hand one customer's tokens to another, sealed or not. */
const isNamedBy = (key: string, { locationId, companyId }: Installation): boolean =>
  key.endsWith(locationId === null ? `/company/${companyId}` : `/location/${locationId}`);

const toStored = ({ record: { key, version }, text, credentialId }: OpenRecord): Stored => {
  const installation = readInstallation(text);
  if (installation === null) throw unreadableRecord(key, 'its body is not an installation');
  if (!isNamedBy(key, installation)) throw unreadableRecord(key, 'its body is another installation');
  if (credentialId !== undefined && credentialId !== credentialIn(installation))
    throw unreadableRecord(key, 'its body holds another credential than its envelope says');
  return { key, version, installation };
};

/** The error for a repository that calls everything a conflict. */
export const endlessConflict = (): GhlAuthError =>
  storeFailed('save', 'it answers that the record has changed, time after time: compare versions as numbers');
