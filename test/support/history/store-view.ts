import type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import type { Member } from './member.js';
import type { Surroundings } from './surroundings.js';

/** The store as one instance reaches it: what it asks for takes effect, and is answered, when it is its turn. */
export class StoreView implements GhlAuthRepository {
  constructor(
    private readonly member: Member,
    private readonly surroundings: Surroundings,
  ) {}

  find(key: string): Promise<GhlAuthRecord | null> {
    return this.inTurn('find', () => this.member.connection.find(key));
  }

  save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    return this.inTurn('save', () => this.member.connection.save(record, expectedVersion));
  }

  list(query: GhlAuthRecordQuery): Promise<readonly GhlAuthRecord[]> {
    return this.inTurn('list', () => this.member.connection.list(query));
  }

  remove(key: string, expectedVersion: number): Promise<boolean> {
    return this.inTurn('remove', () => this.member.connection.remove(key, expectedVersion));
  }

  private async inTurn<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { interleaving, store } = this.surroundings;
    const label = `${this.member.name} ${what}`;
    await interleaving.crossing(label);
    try {
      return await store.by(this.member, work);
    } finally {
      await interleaving.crossing(label);
    }
  }
}
