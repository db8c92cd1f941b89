/** A repository broke the contract. The message says what was wrong, in which order of steps, and what to change. */
export class RepositoryContractError extends Error {
  override readonly name = 'RepositoryContractError';

  constructor(
    /** What was wrong. */
    readonly problem: string,
    /** What to change in the repository. */
    readonly advice: string,
    /** The calls that led there, in the order of their starts and answers. */
    readonly steps: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `${problem}\n\nSteps:\n${steps.map((step) => `  ${step}`).join('\n') || '  (none)'}\n\nWhat to change: ${advice}`,
      options,
    );
  }
}
