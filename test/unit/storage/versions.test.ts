import { describe, expect, it } from '@jest/globals';
import type { BodyCodec } from '../../../lib/storage/body-codec.js';
import { InMemoryRepository } from '../../../lib/storage/in-memory.repository.js';
import { RecordStore, type RecordDraft } from '../../../lib/storage/record-store.js';
import { systemClock } from '../../../lib/time/clock.js';

const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const codec: BodyCodec = {
  seal: async (text) => text,
  open: async (text) => ({ text, credentialId: undefined }),
};
const draft: RecordDraft = {
  kind: 'installation',
  key: 'installation/app/location/place',
  group: null,
  due: null,
  format: 1,
  body: 'text',
  locationId: 'place',
  companyId: null,
  clientId: null,
  state: 'active',
  expiresAt: null,
};
const SAVES = 5;

const fresh = () => {
  const repository = new InMemoryRepository();
  const records = new RecordStore(repository, codec, systemClock, log, { timeoutMs: 1_000 });
  const versions = async (): Promise<number[]> => {
    const saved: number[] = [];
    for (let times = 0; times < SAVES; times += 1) {
      saved.push((await records.save(draft, saved.at(-1) ?? null))!);
    }
    return saved;
  };
  return { repository, records, versions };
};

describe('the version of a record', () => {
  it('ascends with every save', async () => {
    const versions = await fresh().versions();
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('that somebody still holds does not fit a record that was dropped and made anew, however often that was saved', async () => {
    const { repository, records, versions } = fresh();
    const held = await versions();
    repository.clear();
    await versions();
    for (const version of held) expect(await records.save({ ...draft, body: 'stale' }, version)).toBeNull();
    expect(await repository.find(draft.key)).toMatchObject({ body: 'text' });
  });
});
