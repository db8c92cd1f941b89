/**
 * One record as the repository stores it. Plain data: write every field as it is and give it back as it was.
 *
 * `body` holds everything that the module knows; the fields from `locationId` on repeat a few of its facts so that
 * a host can see and index them in its own table. The module never reads those back.
 */
export interface GhlAuthRecord {
  /** What the record is about: `installation`, `app`; more kinds come with later releases. At most 32 characters. */
  readonly kind: string;
  /** Unique across all kinds. Printable ASCII, at most 255 characters, compared byte by byte (case matters). */
  readonly key: string;
  /** What `list` can select by: for a location its company's id. At most 255 characters. */
  readonly group: string | null;
  /** When the record next needs attention. Millisecond precision. */
  readonly due: Date | null;
  /** A positive safe integer that never repeats for a key. Opaque: compare for equality, do not count with it. */
  readonly version: number;
  /** The number of the body's format. */
  readonly format: number;
  /** Text of any length (several kilobytes are usual). Secrets in it are sealed where sealing is configured. */
  readonly body: string;
  readonly locationId: string | null;
  readonly companyId: string | null;
  readonly clientId: string | null;
  readonly state: string | null;
  /** When the access token expires. */
  readonly expiresAt: Date | null;
}

/** What {@link GhlAuthRepository.list} selects and how it pages. */
export interface GhlAuthRecordQuery {
  readonly kind: string;
  /** Only records of this group. */
  readonly group?: string;
  /** Only records whose `due` is set and earlier than this moment. */
  readonly dueBefore?: Date;
  /** Only keys greater than this one, in byte order: the last key of the previous page. */
  readonly after?: string;
  /** At most so many records, in ascending byte order of their keys. */
  readonly limit: number;
}

/**
 * The port to the host's database: four methods on plain records, of which `save` and `remove` are atomic.
 *
 * Every call must see and make *committed* state on the primary, outside any transaction of the caller: a rotation that
 * HighLevel has done cannot be rolled back. Trouble (no connection, missing table) is thrown; a conflict is answered `false`.
 */
export interface GhlAuthRepository {
  /** The latest committed record with this key, or `null`. Never from a replica or a cache. */
  find(key: string): Promise<GhlAuthRecord | null>;

  /**
   * Stores the whole record if what is stored still has `expectedVersion`, or, with `null`, if no record has its key.
   * @returns whether it was stored. A changed version, a missing record and a duplicate insert answer `false`.
   */
  save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean>;

  /** One page of records in ascending byte order of their keys. */
  list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]>;

  /**
   * Removes the record if it still has `expectedVersion`.
   * @returns whether it was removed.
   */
  remove(key: string, expectedVersion: number): Promise<boolean>;
}
