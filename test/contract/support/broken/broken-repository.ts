import type { GhlAuthRepository } from '../../../../lib/storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../../../../lib/storage/in-memory.repository.js';

/** A way in which a user's repository can be wrong. */
export interface BrokenRepository {
  readonly title: string;
  readonly make: () => GhlAuthRepository;
  /** The case that must notice it (others may, too), and what it must say. */
  readonly caught: string;
  readonly saying: RegExp;
}

type Methods = Partial<GhlAuthRepository>;

/** A right repository, of which some methods are replaced. */
export function broken(replace: (right: InMemoryRepository) => Methods): () => GhlAuthRepository {
  return () => {
    const right = new InMemoryRepository();
    const methods: GhlAuthRepository = {
      find: (key) => right.find(key),
      save: (record, expected) => right.save(record, expected),
      list: (query) => right.list(query),
      remove: (key, expected) => right.remove(key, expected),
    };
    return { ...methods, ...replace(right) };
  };
}
