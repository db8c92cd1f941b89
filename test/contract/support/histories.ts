import fc from 'fast-check';

import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { recordOf } from './records.js';

const kind = fc.constantFrom('installation', 'app');
const group = fc.constantFrom('a', 'A', 'b');
const key = fc.string({ unit: fc.constantFrom('a', 'B', ':', '-', '_', ' '), minLength: 1, maxLength: 3 });
const version = fc.integer({ min: 1, max: 4 });
const due = fc.integer({ min: 0, max: 5 }).map((offset) => new Date(Date.UTC(2030, 0, 1, 0, 0, 0, offset)));

const save = fc
  .tuple(
    fc.record({ key, kind, version, group: fc.option(group), due: fc.option(due), expiresAt: fc.option(due) }),
    fc.option(version, { freq: 2 }),
  )
  .map(
    ([fields, expected]) =>
      (repository: GhlAuthRepository) =>
        repository.save(recordOf(fields), expected),
  );

const find = key.map((at) => (repository: GhlAuthRepository) => repository.find(at));

const list = fc
  .record(
    { kind, group, dueBefore: due, after: key, limit: fc.integer({ min: 1, max: 6 }) },
    { requiredKeys: ['kind', 'limit'] },
  )
  .map((query) => (repository: GhlAuthRepository) => repository.list(query));

const remove = fc.tuple(key, version).map(
  ([at, expected]) =>
    (repository: GhlAuthRepository) =>
      repository.remove(at, expected),
);

/** Any calls of a repository, on so few keys and versions that they meet. */
export const histories = fc.array(fc.oneof(save, save, find, list, remove), { maxLength: 40 });
