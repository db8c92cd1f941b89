import type { GhlAuthRepository } from '../../storage/ghl-auth.repository.js';

/** One thing that every repository must do. */
export interface RepositoryContractCase {
  readonly name: string;
  /**
   * Tries it. The case uses keys, kinds and groups of its own and removes them afterwards, so the store may hold other
   * records, and cases may run at the same time.
   * @throws {RepositoryContractError} if the repository does not do it
   */
  readonly run: (repository: GhlAuthRepository) => Promise<void>;
}

/** What the contract can try beyond the repository itself, and how long it waits. */
export interface RepositoryContractOptions {
  /** Another handle on the same store, as another instance of the backend would have: its own connections, its own caches. */
  readonly second?: (() => GhlAuthRepository | Promise<GhlAuthRepository>) | undefined;
  /**
   * Runs the function inside a transaction, opened as your services open theirs, and rolls that transaction back
   * afterwards. What the repository has saved inside must survive.
   */
  readonly inTransaction?: ((run: () => Promise<void>) => Promise<void>) | undefined;
  /**
   * Runs the function while the host's own code holds every connection of its pool. The repository must go on answering,
   * or reject, within the time limit.
   */
  readonly whileHostIsBusy?: ((run: () => Promise<void>) => Promise<void>) | undefined;
  /**
   * How long a case may take, in milliseconds. Keep it below your test framework's own limit, or you will not see what hung.
   * @default 4000
   */
  readonly timeLimitMs?: number | undefined;
  /**
   * How many calls compete in the cases on concurrency.
   * @default 16
   */
  readonly concurrency?: number | undefined;
}
