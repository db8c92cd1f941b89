import { configInvalid } from './config-problem.js';
import type { GhlAuthOptions } from './ghl-auth-options.js';
import { valueIn, VARIABLES } from './variables.js';

/** What the environment sets, and what is wrong with it. */
export interface EnvironmentReading {
  readonly options: GhlAuthOptions;
  /** Each names its variable, and never a value. */
  readonly problems: readonly string[];
  /** Options whose variables are there but wrong: they are not missing. */
  readonly faulty: ReadonlySet<keyof GhlAuthOptions>;
}

/**
 * Reads the options that the environment sets. An empty variable counts as not set.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, naming each variable that is wrong and never a value
 */
export async function readEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<GhlAuthOptions> {
  const { options, problems } = await surveyEnvironment(environment);
  if (problems.length > 0) throw configInvalid(problems);
  return options;
}

/**
 * Reads the environment without failing. What reads the variables, and class-validator with it, is loaded only where there are any: it costs
 * more than the rest of the module's start. A variable whose option is given is not looked at: the option beats it.
 * @param given the options of the registration
 */
export async function surveyEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  given: unknown = {},
): Promise<EnvironmentReading> {
  const variables = Object.fromEntries(
    VARIABLES.flatMap(({ name, option, member }) => {
      const value = environment[name]?.trim();
      return value && valueIn(given, option, member) === undefined ? [[name, value]] : [];
    }),
  );
  if (Object.keys(variables).length === 0) return { options: {}, problems: [], faulty: new Set() };
  const { readVariables } = await import('./environment-reading.js');
  return readVariables(variables);
}
