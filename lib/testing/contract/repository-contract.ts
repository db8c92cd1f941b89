import { concurrency } from './cases/concurrency.js';
import { conditionalWrites } from './cases/conditional-writes.js';
import { fidelity } from './cases/fidelity.js';
import { busyHost, hostTransaction } from './cases/host-transaction.js';
import { paging } from './cases/paging.js';
import { secondHandle, visibility } from './cases/visibility.js';
import type { CaseDefinition } from './define-case.js';
import type { RepositoryContractCase, RepositoryContractOptions } from './repository-contract.types.js';

/**
 * Everything that a repository must do, as a list of cases for any test runner, or none:
 *
 * ```ts
 * for (const { name, run } of repositoryContract()) {
 *   await run(repository).catch((error) => console.error(name, error.message));
 * }
 * ```
 *
 * With Jest, Vitest or `node:test`, {@link describeRepositoryContract} is shorter. Cases that need a hook are in the list
 * only if the hook is handed in.
 */
export function repositoryContract(options: RepositoryContractOptions = {}): readonly RepositoryContractCase[] {
  const definitions: readonly CaseDefinition[] = [
    ...conditionalWrites,
    ...fidelity,
    ...paging,
    ...concurrency,
    ...visibility,
    ...(options.second === undefined ? [] : secondHandle),
    ...(options.inTransaction === undefined ? [] : hostTransaction),
    ...(options.whileHostIsBusy === undefined ? [] : busyHost),
  ];
  return definitions.map((define) => define(options));
}
