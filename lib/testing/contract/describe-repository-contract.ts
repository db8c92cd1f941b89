import type { GhlAuthRepository } from '../../storage/ghl-auth.repository.js';
import { repositoryContract } from './repository-contract.js';
import type { RepositoryContractOptions } from './repository-contract.types.js';

/** The functions of a test framework: those of Jest, Vitest and `node:test` fit. */
export interface TestFramework {
  readonly describe: (title: string, register: () => void) => unknown;
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/** What {@link describeRepositoryContract} needs. */
export interface DescribeRepositoryContractOptions extends RepositoryContractOptions {
  readonly framework: TestFramework;
  /** The repository to try. Called inside each test, so it may return what a `beforeAll` has made. */
  readonly repository: () => GhlAuthRepository | Promise<GhlAuthRepository>;
  /** @default 'repository contract' */
  readonly title?: string;
}

/**
 * Registers the contract's cases as tests.
 *
 * ```ts
 * describeRepositoryContract({ framework: { describe, it }, repository: () => new MyRepository(dataSource) });
 * ```
 */
export function describeRepositoryContract(options: DescribeRepositoryContractOptions): void {
  const { framework, repository, title = 'repository contract', ...contractOptions } = options;
  framework.describe(title, () => {
    for (const { name, run } of repositoryContract(contractOptions)) {
      framework.it(name, async () => run(await repository()));
    }
  });
}
