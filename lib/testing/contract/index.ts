export type { DescribeRepositoryContractOptions, TestFramework } from './describe-repository-contract.js';
export { describeRepositoryContract } from './describe-repository-contract.js';
export { repositoryContract } from './repository-contract.js';
export type { RepositoryContractCase, RepositoryContractOptions } from './repository-contract.types.js';
export { RepositoryContractError } from './repository-contract-error.js';
