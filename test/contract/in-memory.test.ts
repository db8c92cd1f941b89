import { describe, expect, it } from '@jest/globals';

import { InMemoryRepository } from '../../lib/storage/in-memory.repository.js';
import { describeRepositoryContract } from '../../lib/testing/contract/index.js';
import { recordOf } from './support/records.js';

const repository = new InMemoryRepository();

describeRepositoryContract({
  framework: { describe, it },
  title: 'InMemoryRepository keeps the contract',
  repository: () => repository,
  second: () => repository,
});

describe('InMemoryRepository', () => {
  it('holds 100,000 records and pages through them', async () => {
    const many = new InMemoryRepository();
    const count = 100_000;
    // 7919 has no factor in common with the count: every number comes once, in no order.
    for (let index = 0; index < count; index += 1) {
      await many.save(recordOf({ key: `installation:${String((index * 7919) % count).padStart(6, '0')}` }), null);
    }
    expect(many.size).toBe(count);

    let seen = 0;
    let after = '';
    for (;;) {
      const page = await many.list({ kind: 'installation', after, limit: 500 });
      if (page.length === 0) break;
      expect(page.every((record, index) => record.key > (page[index - 1]?.key ?? after))).toBe(true);
      seen += page.length;
      after = page.at(-1)?.key ?? '';
    }
    expect(seen).toBe(count);
  });

  it('forgets everything when it is cleared', async () => {
    const cleared = new InMemoryRepository();
    await cleared.save(recordOf({ key: 'a' }), null);
    cleared.clear();
    expect(cleared.size).toBe(0);
    expect(await cleared.find('a')).toBeNull();
    expect(await cleared.list({ kind: 'installation', limit: 10 })).toEqual([]);
    expect(await cleared.save(recordOf({ key: 'a' }), null)).toBe(true);
  });
});
