import type { GhlAuthRepository } from '../../storage/ghl-auth.repository.js';
import { ContractContext } from './contract-context.js';
import type { RepositoryContractCase, RepositoryContractOptions } from './repository-contract.types.js';
import { withinTimeLimit } from './time-limit.js';

/** A case before it knows its options. */
export type CaseDefinition = (options: RepositoryContractOptions) => RepositoryContractCase;

const CLEAN_UP_LIMIT_MS = 500;

/** Makes a case of a name and what it tries. */
export function defineCase(name: string, attempt: (context: ContractContext) => Promise<void>): CaseDefinition {
  return (options) => ({
    name,
    run: async (repository: GhlAuthRepository) => {
      const context = new ContractContext(repository, options);
      try {
        await withinTimeLimit(attempt(context), context.timeLimitMs, context.log);
      } finally {
        // A repository that hangs must not make the cleaning hang, nor the cleaning hide what the case has found.
        await withinTimeLimit(context.cleanUp(), CLEAN_UP_LIMIT_MS, context.log).catch(() => undefined);
      }
    },
  });
}
