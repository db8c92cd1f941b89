import { readInstallation } from '../../../../lib/installation/installation-codec.js';
import type { Installation } from '../../../../lib/installation/installation.js';
import type {
  GhlAuthRecord,
  GhlAuthRecordQuery,
  GhlAuthRepository,
} from '../../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../../support/faulty-repository.js';

const ENVELOPE = 'plain.1:';

/** A store that looks at everything that is committed: whether it goes backwards, and what the host is to be told. */
export class WatchedStore implements GhlAuthRepository {
  /** What went against a rule. */
  readonly violations: string[] = [];
  /** Ids of the changes that were ever noted as untold. */
  readonly noted = new Set<string>();
  /** Everything that is stored about installations. */
  readonly stored = new Map<string, Installation>();
  /** Every state that an installation was ever stored in. */
  readonly states = new Set<string>();

  /** @param inner fails as tests ask for; what it says to have failed may have been done */
  constructor(readonly inner = new FaultyRepository()) {}

  find(key: string): Promise<GhlAuthRecord | null> {
    return this.inner.find(key);
  }

  async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    try {
      return await this.inner.save(record, expectedVersion);
    } finally {
      const committed = await this.inner.inner.find(record.key);
      if (committed?.version === record.version) this.look(committed);
    }
  }

  list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    return this.inner.list(query);
  }

  remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.inner.remove(key, expectedVersion);
  }

  /** The installation whose refresh token this is. */
  ownerOf(refreshToken: string): Installation | undefined {
    return [...this.stored.values()].find(({ credential }) => credential?.refreshToken === refreshToken);
  }

  private look({ kind, key, body }: GhlAuthRecord): void {
    if (kind !== 'installation') return;
    const next = readInstallation(body.slice(ENVELOPE.length));
    if (next === null) throw new Error('The store was given what is no installation');
    const before = this.stored.get(key);
    for (const problem of before === undefined ? [] : problemsOf(before, next)) this.violations.push(problem);
    for (const { id } of next.untold) this.noted.add(id);
    this.states.add(next.state);
    this.stored.set(key, next);
  }
}

/** How one stored state goes backwards from the one before it. */
function problemsOf(before: Installation, next: Installation): string[] {
  const [was, is] = [before.credential, next.credential];
  const problems: string[] = [];
  if (is !== null && before.lineage.includes(is.id)) problems.push('a stored credential went backwards');
  if (was !== null && was.id !== is?.id && !next.lineage.includes(was.id))
    problems.push('a credential was stored over one that it does not descend from');
  if (was?.refreshTokenRefused && was.id === is?.id && !is.refreshTokenRefused)
    problems.push('a refused refresh token came to be thought good');
  if (next.generation < before.generation) problems.push('the generation went backwards');
  if (before.state === 'uninstalled' && next.state !== 'uninstalled' && is?.origin !== 'code')
    problems.push('a tombstone was lifted by nobody');
  return problems;
}
