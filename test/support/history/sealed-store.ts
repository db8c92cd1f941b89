import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { codecOf, makeKey } from '../sealing.js';

const KEYS = [makeKey('k1'), makeKey('k2')] as const;
const codec = codecOf(KEYS);
const PLAIN = 'plain.1:';

/** What an instance is given to seal with: a fleet in the midst of changing its key, so that not all seal with the same. */
export const keysFor = (at: number): readonly { readonly id: string; readonly key: string }[] =>
  at % 2 === 0 ? KEYS : [KEYS[1], KEYS[0]];

/** Between an instance that seals and a store that is looked into: what is sealed is opened, and sealed again when it is read. */
export class SealedStore implements GhlAuthRepository {
  constructor(private readonly inner: GhlAuthRepository) {}

  async find(key: string): Promise<GhlAuthRecord | null> {
    const record = await this.inner.find(key);
    return record && sealed(record);
  }

  async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    const opened = await codec.open(record.body, record);
    if ('problem' in opened) throw new Error(`What was to be saved does not open: ${opened.problem}`);
    if (opened.credentialId === undefined) throw new Error('What was to be saved is not sealed');
    return this.inner.save({ ...record, body: PLAIN + opened.text }, expectedVersion);
  }

  async list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    return Promise.all((await this.inner.list(query)).map(sealed));
  }

  remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.inner.remove(key, expectedVersion);
  }
}

async function sealed(record: GhlAuthRecord): Promise<GhlAuthRecord> {
  const text = record.body.slice(PLAIN.length);
  const { credential } = JSON.parse(text) as { readonly credential?: { readonly id: string } | null };
  return { ...record, body: await codec.seal(text, record, credential?.id ?? null) };
}
