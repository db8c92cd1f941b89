import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';

const ENVELOPE = 'plain.1:';
const FORMAT = 2;

/**
 * The store as a release to come uses it: it reads what this release has written, and writes records of a format in which the
 * credential has another name and shape.
 */
export class NextReleaseStore implements GhlAuthRepository {
  constructor(private readonly inner: GhlAuthRepository) {}

  async find(key: string): Promise<GhlAuthRecord | null> {
    const record = await this.inner.find(key);
    return record && fromNext(record);
  }

  save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    return this.inner.save(toNext(record), expectedVersion);
  }

  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    return (await this.inner.list(query)).map(fromNext);
  }

  remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.inner.remove(key, expectedVersion);
  }
}

function toNext(record: GhlAuthRecord): GhlAuthRecord {
  if (record.kind !== 'installation') return record;
  const { credential, ...rest } = JSON.parse(record.body.slice(ENVELOPE.length)) as Record<string, unknown>;
  return { ...record, format: FORMAT, body: `${ENVELOPE}${JSON.stringify({ ...rest, grants: [credential] })}` };
}

function fromNext(record: GhlAuthRecord): GhlAuthRecord {
  if (record.format < FORMAT) return record;
  const { grants, ...rest } = JSON.parse(record.body.slice(ENVELOPE.length)) as { readonly grants: unknown[] };
  return { ...record, format: 1, body: `${ENVELOPE}${JSON.stringify({ ...rest, credential: grants[0] })}` };
}
